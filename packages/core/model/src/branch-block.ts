import { nodesOf, type Composition } from './composition.js';

/** A block whose children act on rows of their own. */
type BranchBlock = Extract<Composition, { type: 'parallel' | 'batch-split' }>;

/** The outermost such block of a composition. */
export function branchBlock(composition: Composition | undefined): BranchBlock | undefined {
  for (const node of nodesOf(composition ?? { type: 'none' }))
    if (typeof node !== 'string' && (node.type === 'parallel' || node.type === 'batch-split')) return node;
  return undefined;
}

/** How many times the rows are run: the branches of the parallel block, if there is one. */
export function branchesOf(composition: Composition | undefined): number {
  const block = branchBlock(composition);
  return block?.type === 'parallel' ? block.children.length : 1;
}

/** Rows that a batch-split block tells apart by their places; undefined where there is none. */
export function rowGroupOf(composition: Composition | undefined): number | undefined {
  // The outermost one, also within a parallel block: its sizes add up to the rows of a pass.
  for (const node of nodesOf(composition ?? { type: 'none' }))
    if (typeof node !== 'string' && node.type === 'batch-split') return node.sizes.reduce((sum, size) => sum + size, 0);
  return undefined;
}

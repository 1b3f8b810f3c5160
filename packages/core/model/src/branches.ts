import { AdapterFusionError, type HostBatch, type Tensor } from '@adapterfusion/contracts';
import { dispose, keep, scope, slice } from '@adapterfusion/tensor';
import { branchBlock } from './branch-block.js';
import { childName, type Composition } from './composition.js';
import { lookUp } from './fit.js';
import type { ForwardOptions, Hidden } from './forward.js';
import type { Model } from './model.js';

/** Names of the branches of the composition's parallel or batch-split block; none where there is no such block. */
export const branchNames = ({ composition }: Model): string[] =>
  branchBlock(composition)?.children.map(childName) ?? [];

/**
 * Leaves one branch of the parallel or batch-split block active, and what surrounds the block.
 * @throws COMPOSITION_INVALID for a name that no branch has
 */
export function composeBranch(model: Model, name: string): void {
  const block = branchBlock(model.composition);
  const branch = block?.children.find((child) => childName(child) === name);
  if (branch === undefined)
    throw new AdapterFusionError('COMPOSITION_INVALID', {
      at: 'branch',
      expected: `one of ${branchNames(model).join(', ') || 'the branches, of which there are none'}`,
      got: JSON.stringify(name),
      fix: 'Name a child of the parallel or batch-split block.',
    });
  const without = (node: Composition): Composition => {
    if (node === block) return branch;
    if (typeof node === 'string' || node.type === 'none') return node;
    return { ...node, children: node.children.map(without) };
  };
  model.compose(without(model.composition!));
}

/**
 * Logits of the branches of the composition's parallel or batch-split block, each by a head of its own, from one pass in
 * evaluation mode.
 * @param options.heads one a branch, in the order of the block's children
 * @returns for each branch its logits: of a parallel block for all inputs, of a batch-split block for its
 * part of them; and the fusions' attention when it is asked for. All tensors are the caller's
 * @throws COMPOSITION_INVALID for an unknown head, and for a composition without so many branches
 */
export function classifyBranches(
  model: Model,
  batch: HostBatch,
  { heads, ...options }: { heads: readonly string[] } & Omit<ForwardOptions, 'train' | 'tokensUsed'>,
): { logits: Tensor[]; attention: Hidden['attention'] } {
  const block = branchBlock(options.composition ?? model.composition);
  if (block?.children.length !== heads.length)
    throw new AdapterFusionError('COMPOSITION_INVALID', {
      at: 'heads',
      expected: `a head for each branch: ${block?.children.length ?? 'there are none'}`,
      got: `${heads.length}`,
      fix: 'Name one head a branch of the parallel or batch-split block.',
    });
  const logits: Tensor[] = [];
  let attention: Hidden['attention'] = [];
  try {
    scope(() => {
      const reached = model.forward(batch, options);
      attention = reached.attention;
      let from = 0;
      for (const [branch, head] of heads.entries()) {
        const count = block.type === 'parallel' ? batch.shape[0] : block.sizes[branch]!;
        const part = { hidden: slice(reached.hidden, 0, from, count), mask: slice(reached.mask, 0, from, count) };
        from += count;
        const { instance, params } = lookUp(head, 'head', model.heads);
        logits.push(keep(instance.forward(params, model.features(instance, part))));
      }
    });
  } catch (error) {
    dispose([...logits, ...attention.map(({ weights }) => weights)]);
    throw error;
  }
  return { logits, attention };
}

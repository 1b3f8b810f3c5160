import { AdapterFusionError, type JsonValue } from '@adapterfusion/contracts';
import type { ExportSetup } from './export.js';

/** A composition tree as `@adapterfusion/model` has it. */
export type ExportComposition =
  | string
  | {
      readonly type: string;
      readonly children?: readonly ExportComposition[];
      readonly fusion?: string;
      readonly lead?: string;
      readonly inputs?: string;
      readonly splits?: readonly number[];
      readonly sizes?: readonly number[];
    };

type Block = { readonly type: string; readonly children: readonly JsonValue[]; readonly kwargs?: JsonValue };

/** What adapters have to agree in when one of them says what all of a fusion read, as in the library. */
const READ_BY = ['original_ln_before', 'is_parallel', 'ln_before'] as const;

/**
 * The library's form of a composition.
 * @param fusions where the fusions are noted that it uses, each with its adapters in the library's order: the last one leads
 * @throws UNSUPPORTED for what the library has not, or computes otherwise
 */
export function exportComposition(setup: ExportSetup, fusions: Map<string, readonly string[]>): JsonValue {
  const refuse = (expected: string, got: string): never => {
    const fix = 'Export its adapters alone, or use the bundle here.';
    throw new AdapterFusionError('UNSUPPORTED', { at: `${setup.name}: composition`, expected, got, fix });
  };
  const visit = (node: ExportComposition): Block => {
    if (typeof node === 'string') return { type: 'single', children: [node] };
    const inner = node.children ?? [];
    const children = (): JsonValue[] => inner.map((child) => visit(child) as unknown as JsonValue);
    switch (node.type) {
      case 'stack':
        return { type: 'Stack', children: children() };
      case 'parallel':
        return { type: 'Parallel', children: children() };
      case 'split':
        return { type: 'Split', children: children(), kwargs: { splits: [...(node.splits ?? [])] } };
      case 'batch-split':
        return { type: 'BatchSplit', children: children(), kwargs: { batch_sizes: [...(node.sizes ?? [])] } };
      case 'fuse': {
        const names = inner.map((child) =>
          typeof child === 'string' ? child : refuse('adapters in a fusion', 'a block'),
        );
        if (node.inputs === 'own') checkReads(setup, names, refuse);
        const ordered = [
          ...names.filter((name) => name !== node.lead),
          ...(node.lead === undefined ? [] : [node.lead]),
        ];
        fusions.set(node.fusion!, ordered);
        return { type: 'Fuse', children: ordered.map((name) => ({ type: 'single', children: [name] })) };
      }
      default:
        return refuse(
          'stack, fuse, split, batch-split or parallel',
          node.type === 'average' ? 'average, which the library divides once more' : node.type,
        );
    }
  };
  if (setup.composition === null) return null;
  const block = visit(setup.composition);
  // The library has no set-up of a bare adapter.
  return block.type === 'single' ? { type: 'Stack', children: [block] } : block;
}

function checkReads(
  { adapters }: ExportSetup,
  names: readonly string[],
  refuse: (expected: string, got: string) => never,
): void {
  for (const key of READ_BY) {
    const values = new Set(names.map((name) => JSON.stringify(adapters.get(name)?.options[key] ?? false)));
    if (values.size > 1) refuse('adapters that read the same', `different values of ${key}`);
  }
}

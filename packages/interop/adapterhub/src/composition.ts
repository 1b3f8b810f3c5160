import { AdapterFusionError, checkName, type JsonValue } from '@adapterfusion/contracts';

/** A composition tree as `@adapterfusion/model` reads it. */
export type ImportedComposition =
  | string
  | { readonly type: 'stack' | 'parallel'; readonly children: readonly ImportedComposition[] }
  | {
      readonly type: 'fuse';
      readonly fusion: string;
      /** The last child: the reference takes query and residual from it. */
      readonly lead: string;
      /** The reference feeds all children with what the last one reads. */
      readonly inputs: 'lead';
      readonly children: readonly ImportedComposition[];
    }
  | { readonly type: 'split'; readonly splits: readonly number[]; readonly children: readonly ImportedComposition[] }
  | {
      readonly type: 'batch-split';
      readonly sizes: readonly number[];
      readonly children: readonly ImportedComposition[];
    }
  | {
      readonly type: 'average';
      readonly weights: readonly number[];
      readonly children: readonly ImportedComposition[];
    };

/** What a composition uses, in the order in which it is met. */
export interface Uses {
  readonly adapters: Set<string>;
  /** Called for each fuse. @returns our name for the fusion of these adapters */
  fusion(children: readonly string[]): string;
  warn(text: string): void;
}

/** The name by which a fuse knows a child: an adapter's own, a stack's last. */
function lastName(node: ImportedComposition): string {
  return typeof node === 'string' ? node : lastName(node.children.at(-1)!);
}

/**
 * Turns the reference's tree into ours. A stack of one is its member. Whether blocks may nest so is left to the model.
 * @param at place of the node, for messages
 * @throws BUNDLE_INVALID for a tree that is none; NAME_INVALID; UNSUPPORTED for a block that there is not here
 */
export function importComposition(node: JsonValue, at: string, uses: Uses): ImportedComposition {
  const { type, children: given, kwargs } = asBlock(node, at);
  if (type === 'single') {
    const [name] = given;
    if (given.length !== 1 || typeof name !== 'string') throw malformed(at, 'the name of one adapter', given);
    uses.adapters.add(checkName(name, `an adapter in ${at}`));
    return name;
  }
  if (!TYPES.includes(type))
    throw new AdapterFusionError('UNSUPPORTED', {
      at,
      expected: `one of ${TYPES.join(', ')}`,
      got: JSON.stringify(type),
      fix: 'Save a set-up of these blocks.',
    });
  const children = given.map((child, index) => importComposition(child, `${at}.children[${index}]`, uses));
  const [only] = children;
  if (only === undefined) throw malformed(at, 'one child or more', given);
  switch (type) {
    case 'Stack':
      return children.length === 1 ? only : { type: 'stack', children };
    case 'Parallel':
      return { type: 'parallel', children };
    case 'Split':
      return { type: 'split', splits: numbers(kwargs['splits'], children.length, `${at}.kwargs.splits`), children };
    case 'BatchSplit': {
      const sizes = numbers(kwargs['batch_sizes'], children.length, `${at}.kwargs.batch_sizes`);
      return { type: 'batch-split', sizes, children };
    }
    case 'Average':
      uses.warn(
        `${at}: the Python library divides an average by the number of its members once more; here it is exact.`,
      );
      return {
        type: 'average',
        weights: shares(kwargs['weights'] ?? 1, children.length, `${at}.kwargs.weights`),
        children,
      };
    default: {
      if (children.some((child) => typeof child !== 'string'))
        uses.warn(`${at}: the Python library normalises the input of a stack inside a fusion twice; here once.`);
      const names = children.map(lastName);
      return { type: 'fuse', fusion: uses.fusion(names), lead: names.at(-1)!, inputs: 'lead', children };
    }
  }
}

const TYPES = ['Stack', 'Fuse', 'Split', 'BatchSplit', 'Parallel', 'Average'];

function asBlock(node: JsonValue, at: string) {
  if (typeof node === 'string') return { type: 'single', children: [node], kwargs: {} };
  if (typeof node !== 'object' || node === null || Array.isArray(node))
    throw malformed(at, 'a block { type, children }', node);
  const { type, children, kwargs = {} } = node as { [key: string]: JsonValue | undefined };
  if (typeof type !== 'string') throw malformed(`${at}.type`, 'a text', type);
  if (!Array.isArray(children)) throw malformed(`${at}.children`, 'a list', children);
  if (typeof kwargs !== 'object' || kwargs === null || Array.isArray(kwargs))
    throw malformed(`${at}.kwargs`, 'an object', kwargs);
  return { type, children: children as JsonValue[], kwargs: kwargs as { [key: string]: JsonValue | undefined } };
}

/** One number a child; a single number stands for each. */
function numbers(value: JsonValue | undefined, count: number, at: string): number[] {
  const list = typeof value === 'number' ? Array.from({ length: count }, () => value) : value;
  if (!Array.isArray(list) || list.length !== count || !list.every(Number.isFinite))
    throw malformed(at, `${count} numbers`, value);
  return list as number[];
}

/** Weights with the sum 1. */
function shares(value: JsonValue, count: number, at: string): number[] {
  const weights = numbers(value, count, at);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum === 0) throw malformed(at, 'weights with a sum other than 0', value);
  return weights.map((weight) => weight / sum);
}

function malformed(at: string, expected: string, got: unknown): AdapterFusionError {
  const shown = (JSON.stringify(got) ?? 'none').slice(0, 80);
  return new AdapterFusionError('BUNDLE_INVALID', { at, expected, got: shown, fix: 'Save the set-up again.' });
}

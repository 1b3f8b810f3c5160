import { AdapterFusionError, checkName } from '@adapterfusion/contracts';

/** An adapter by name. */
type Leaf = string;

/** A composition of adapters: data, the same in memory and in JSON. */
export type Composition =
  | Leaf
  | { readonly type: 'none' }
  | { readonly type: 'stack'; readonly children: readonly Composition[] }
  | {
      readonly type: 'fuse';
      /** Name of the fusion layer. */
      readonly fusion: string;
      /** The child that gives query, residual and the way out; by default the last one present at the site. */
      readonly lead?: string;
      /** `own`: every child reads what it would read alone; `lead`: all read what the lead reads, as AdapterHub does. */
      readonly inputs?: 'own' | 'lead';
      /** Names of the children that take part at a site, where not all do; at a site with none the fusion does not act. */
      readonly keep?: { readonly [site: string]: readonly string[] };
      readonly children: readonly Composition[];
    }
  | { readonly type: 'average'; readonly weights?: readonly number[]; readonly children: readonly Composition[] }
  | { readonly type: 'parallel'; readonly children: readonly Composition[] }
  | { readonly type: 'split'; readonly splits: readonly number[]; readonly children: readonly Composition[] }
  | { readonly type: 'batch-split'; readonly sizes: readonly number[]; readonly children: readonly Composition[] };

type Block = Exclude<Composition, Leaf>['type'];

/** What may stand in what; the root may be anything. */
export const NESTING: Readonly<Record<Exclude<Block, 'none'>, readonly (Block | 'adapter')[]>> = {
  stack: ['adapter', 'none', 'fuse', 'average', 'split', 'batch-split', 'parallel'],
  fuse: ['adapter', 'none', 'stack'],
  average: ['adapter', 'stack', 'split', 'batch-split'],
  parallel: ['adapter', 'none', 'stack', 'fuse', 'average', 'batch-split'],
  split: ['adapter', 'none', 'stack', 'fuse', 'average', 'split', 'batch-split'],
  'batch-split': ['adapter', 'none', 'stack', 'fuse', 'average', 'split', 'batch-split'],
};

const keys: Readonly<Record<Block, readonly string[]>> = {
  none: [],
  stack: ['children'],
  fuse: ['children', 'fusion', 'lead', 'inputs', 'keep'],
  average: ['children', 'weights'],
  parallel: ['children'],
  split: ['children', 'splits'],
  'batch-split': ['children', 'sizes'],
};

/** The children of a node; none for a leaf. */
export const childrenOf = (node: Composition): readonly Composition[] =>
  typeof node === 'string' || node.type === 'none' ? [] : node.children;

/** Names of the adapters in a composition, each once, in order. */
export function adaptersOf(node: Composition): string[] {
  return typeof node === 'string' ? [node] : [...new Set(childrenOf(node).flatMap(adaptersOf))];
}

/** All nodes of a composition, parents first. */
export function nodesOf(node: Composition): Composition[] {
  return [node, ...childrenOf(node).flatMap(nodesOf)];
}

/** The name of a fusion's child: the adapter's, or that of a stack's last adapter; `none` for none. */
export function childName(node: Composition): string {
  if (typeof node === 'string') return node;
  const names = adaptersOf(node);
  return names[names.length - 1] ?? 'none';
}

function refuse(at: string, expected: string, got: string, fix: string): never {
  throw new AdapterFusionError('COMPOSITION_INVALID', { at, expected, got, fix });
}

/**
 * Checks a composition whole, before anything runs.
 * @param value data, for example from JSON
 * @param at what to call it in messages
 * @throws COMPOSITION_INVALID for illegal nesting, wrong fields, numbers that do not fit; NAME_INVALID
 */
export function checkComposition(value: unknown, at = 'composition'): Composition {
  const node = check(value, at);
  const parallels = nodesOf(node).filter((each) => typeof each !== 'string' && each.type === 'parallel');
  if (parallels.length > 1)
    refuse(at, 'at most one parallel block', `${parallels.length}`, 'List all branches in a single parallel block.');
  const fusions = nodesOf(node).flatMap((each) =>
    typeof each !== 'string' && each.type === 'fuse' ? [each.fusion] : [],
  );
  const twice = fusions.find((name, index) => fusions.indexOf(name) !== index);
  if (twice !== undefined) refuse(at, 'a name of its own for every fusion', `"${twice}" twice`, 'Rename one of them.');
  return node;
}

function check(value: unknown, at: string): Composition {
  if (typeof value === 'string') return checkName(value, 'an adapter');
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string')
    refuse(
      at,
      'an adapter name or { type, children }',
      JSON.stringify(value) ?? 'nothing',
      'See "Composition" in the guide.',
    );
  const node = value as Record<string, unknown> & { type: string };
  if (!Object.hasOwn(keys, node.type))
    refuse(at, `a type, one of ${Object.keys(keys).join(', ')}`, JSON.stringify(node.type), 'Correct the type.');
  const type = node.type as Block;
  for (const key of Object.keys(node))
    if (key !== 'type' && !keys[type].includes(key))
      refuse(at, `the fields ${keys[type].join(', ')} in a ${type} block`, JSON.stringify(key), 'Remove it.');
  if (type === 'none') return { type };
  if (!Array.isArray(node.children) || node.children.length === 0)
    refuse(
      at,
      `a list of at least one child in a ${type} block`,
      JSON.stringify(node.children) ?? 'nothing',
      'Name the children.',
    );
  const children = node.children.map((child, index) => check(child, `${at}.children[${index}]`));
  for (const [index, child] of children.entries()) {
    const kind = typeof child === 'string' ? 'adapter' : child.type;
    if (!NESTING[type].includes(kind))
      refuse(
        `${at}.children[${index}]`,
        `one of ${NESTING[type].join(', ')} in a ${type} block`,
        kind,
        'Arrange the blocks differently.',
      );
  }
  switch (type) {
    case 'stack':
    case 'parallel':
      return { type, children };
    case 'average':
      return {
        type,
        children,
        ...(node.weights === undefined ? {} : { weights: numbers(node.weights, children, `${at}.weights`, 0) }),
      };
    case 'split':
      return { type, children, splits: numbers(node.splits, children, `${at}.splits`, 1) };
    case 'batch-split':
      return { type, children, sizes: numbers(node.sizes, children, `${at}.sizes`, 0) };
    case 'fuse':
      return checkFuse(node, children, at);
  }
}

function checkFuse(node: Record<string, unknown>, children: readonly Composition[], at: string): Composition {
  for (const [index, child] of children.entries()) {
    const inner = childrenOf(child).find((each) => typeof each !== 'string' && each.type !== 'none');
    if (inner !== undefined)
      refuse(
        `${at}.children[${index}]`,
        'a stack of adapters',
        'a block in the stack',
        'Only adapters may be stacked inside a fusion.',
      );
  }
  const names = children.map(childName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse(at, 'different children', `"${twice}" twice`, 'Remove one.');
  if (names.every((name) => name === 'none')) refuse(at, 'at least one adapter', 'only none', 'Add an adapter.');
  const { fusion, lead, inputs, keep } = node;
  if (typeof fusion !== 'string')
    refuse(at, 'the name of the fusion', JSON.stringify(fusion) ?? 'nothing', 'Add "fusion".');
  if (lead !== undefined && !names.filter((name) => name !== 'none').includes(lead as string))
    refuse(`${at}.lead`, `one of ${names.join(', ')}`, JSON.stringify(lead), 'Name a child of the fusion.');
  if (inputs !== undefined && inputs !== 'own' && inputs !== 'lead')
    refuse(`${at}.inputs`, '"own" or "lead"', JSON.stringify(inputs), 'Choose one of them.');
  return {
    type: 'fuse',
    fusion: checkName(fusion, 'a fusion'),
    ...(lead === undefined ? {} : { lead: lead as string }),
    ...(inputs === undefined ? {} : { inputs }),
    ...(keep === undefined ? {} : { keep: checkKeep(keep, names, `${at}.keep`) }),
    children,
  };
}

function checkKeep(value: unknown, names: readonly string[], at: string): Record<string, readonly string[]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(at, 'an object of sites, each with names of children', JSON.stringify(value), 'Correct it.');
  for (const [site, kept] of Object.entries(value))
    if (!Array.isArray(kept) || !kept.every((name) => names.includes(name as string)))
      refuse(`${at}["${site}"]`, `a list of names out of ${names.join(', ')}`, JSON.stringify(kept), 'Correct it.');
  return value as Record<string, readonly string[]>;
}

function numbers(value: unknown, children: readonly Composition[], at: string, least: 0 | 1): number[] {
  const whole = !at.endsWith('.weights');
  const fits =
    Array.isArray(value) &&
    value.length === children.length &&
    value.every((each) => Number.isFinite(each) && (!whole || (Number.isInteger(each) && (each as number) >= least)));
  if (!fits)
    refuse(
      at,
      `${children.length} ${whole ? `whole numbers of at least ${least}` : 'numbers'}, one a child`,
      JSON.stringify(value) ?? 'nothing',
      'Correct them.',
    );
  if (!whole && (value as number[]).reduce((a, b) => a + b, 0) === 0)
    refuse(at, 'weights with a sum other than 0', JSON.stringify(value), 'Correct them.');
  return value as number[];
}

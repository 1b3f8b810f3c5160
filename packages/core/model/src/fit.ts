import {
  AdapterFusionError,
  nearest,
  type Adapter,
  type Backbone,
  type Params,
  type Site,
} from '@adapterfusion/contracts';
import { adaptersOf, childName, nodesOf, type Composition } from './composition.js';
import { childrenAt, isNone, leadOf, membersAt, type Fuse } from './fuse-children.js';

/** What a composition has to fit. */
interface Holder {
  readonly backbone: Backbone;
  readonly adapters: ReadonlyMap<string, { readonly instance: Adapter; readonly sites: ReadonlyMap<string, Params> }>;
  readonly fusions: ReadonlyMap<
    string,
    { readonly children: readonly string[]; readonly sites: ReadonlyMap<string, Params>; readonly folded?: unknown }
  >;
}

/**
 * Checks that a model has everything that a composition names and that it fits together.
 * @throws COMPOSITION_INVALID for an unknown adapter or fusion, a fusion made for other children, children without a common
 * site, children that cannot read their lead's input, a stack of parallel adapters; BUNDLE_COMPILED when a fusion of the model is folded
 */
export function checkFit(holder: Holder, composition: Composition): void {
  for (const [name, { folded }] of holder.fusions)
    if (folded)
      throw new AdapterFusionError('BUNDLE_COMPILED', {
        at: name,
        expected: 'the composition that it was compiled with',
        got: 'another',
        fix: 'Use the bundle that it was compiled from.',
      });
  for (const name of adaptersOf(composition)) lookUp(name, 'adapter', holder.adapters);
  for (const node of nodesOf(composition)) {
    if (typeof node === 'string') continue;
    if (node.type === 'average' || node.type === 'split') checkMixed(holder, node);
    if (node.type === 'stack') checkStack(holder, node.children);
    if (node.type === 'fuse') checkFuse(holder, node);
  }
}

/** The sites where a fuse block acts: where at least one of its children does. @throws COMPOSITION_INVALID */
export function sharedSites(holder: Holder, node: Fuse): Site[] {
  checkMixed(holder, node);
  const real = node.children
    .filter((child) => !isNone(child))
    .map((child) => ({ child, sites: new Set(adaptersOf(child).flatMap((name) => sitesOf(holder, name))) }));
  const present = (site: Site): number => real.filter(({ sites }) => sites.has(site.name)).length;
  const shared = holder.backbone.sites.filter((site) => present(site) > 0);
  if (real.length > 1 && !shared.some((site) => present(site) > 1))
    throw refused(
      node.fusion,
      'children that share at least one site',
      real.map(({ child, sites }) => `${childName(child)} at ${[...sites].join(', ')}`).join('; '),
      'Fuse adapters with the same locations and layers.',
    );
  return shared;
}

/** What has a name. @throws COMPOSITION_INVALID for a name that is not there; the nearest one is suggested */
export function lookUp<T>(name: string, kind: string, known: ReadonlyMap<string, T>): T {
  const found = known.get(name);
  if (found !== undefined) return found;
  const near = nearest(name, [...known.keys()]);
  throw refused(
    name,
    `${kind === 'adapter' ? 'an' : 'a'} ${kind} of this model: ${[...known.keys()].join(', ') || 'there is none'}`,
    JSON.stringify(name),
    near ? `Did you mean "${near}"?` : `Add the ${kind} first.`,
  );
}

function sitesOf({ adapters }: Holder, name: string): string[] {
  return [...lookUp(name, 'adapter', adapters).sites.keys()];
}

/** Contributions are mixed, and tokens divided, where there is one contribution a token. @throws COMPOSITION_INVALID */
function checkMixed(holder: Holder, node: Exclude<Composition, string>): void {
  const whole = new Map(
    holder.backbone.sites.flatMap(({ name, role }) =>
      role === 'attention' || role === 'embedding' ? [[name, role]] : [],
    ),
  );
  for (const name of adaptersOf(node)) {
    const site = sitesOf(holder, name).find((each) => whole.has(each));
    if (site === undefined) continue;
    throw refused(
      name,
      `adapters whose contributions "${node.type}" can mix: at linear and sublayer sites`,
      `one that acts at ${site}, a site of the role "${whole.get(site)!}"`,
      'Use it alone, in a stack around the block, or in parallel.',
    );
  }
}

function checkFuse(holder: Holder, node: Fuse): void {
  const { children, sites } = lookUp(node.fusion, 'fusion', holder.fusions);
  const names = node.children.map(childName);
  if (children.join() !== names.join())
    throw refused(
      node.fusion,
      `the children it was made for: ${children.join(', ')}`,
      names.join(', '),
      'Keep their order.',
    );
  const shared = sharedSites(holder, node);
  const strange = Object.keys(node.keep ?? {}).find((name) => !shared.some((site) => site.name === name));
  if (strange !== undefined)
    throw refused(
      `${node.fusion}.keep`,
      `sites where it acts: ${shared.map(({ name }) => name).join(', ')}`,
      JSON.stringify(strange),
      'Correct the name.',
    );
  for (const site of shared) {
    if (!sites.has(site.name))
      throw refused(node.fusion, `a fusion layer at ${site.name}`, 'none', 'Make a fusion for these children.');
    if (node.inputs === 'lead') checkInputs(holder, node, site);
  }
}

/** At a site that changes the width one method may read what enters and another what leaves. @throws COMPOSITION_INVALID */
function checkInputs({ adapters }: Holder, node: Fuse, site: Site): void {
  if (site.inDim === site.outDim) return;
  const acts = (name: string): boolean => adapters.get(name)!.sites.has(site.name);
  const real = childrenAt(node, site.name, acts).filter((child) => !isNone(child));
  if (real.length < 2) return;
  const lead = leadOf(node, real);
  const widths = real.flatMap((child) => {
    const [first, ...others] = membersAt(child, acts) as [string, ...string[]];
    if (child !== lead && others.length > 0) return [];
    const { instance } = adapters.get(first)!;
    return [{ child, width: instance.inputWidth?.(site) ?? site.outDim }];
  });
  const wanted = widths.find(({ child }) => child === lead)!.width;
  if (widths.every(({ width }) => width === wanted)) return;
  throw refused(
    `${node.fusion}.inputs at ${site.name}`,
    `children that read ${wanted} numbers a token, as the lead ${childName(lead)} does`,
    widths.map(({ child, width }) => `${childName(child)} reads ${width}`).join(', '),
    'Set inputs to "own", or fuse adapters of one method.',
  );
}

function checkStack({ adapters }: Holder, children: readonly Composition[]): void {
  const flow = (name: string): Adapter['flow'] => adapters.get(name)!.instance.flow;
  const parallel = children.some((child) => typeof child === 'string' && flow(child) === 'parallel');
  if (!parallel || children.length === 1) return;
  throw refused(
    'stack',
    'sequential adapters',
    children
      .flatMap(adaptersOf)
      .map((name) => `${name} (${flow(name)})`)
      .join(', '),
    'Fuse or average parallel adapters instead.',
  );
}

function refused(at: string, expected: string, got: string, fix: string): AdapterFusionError {
  return new AdapterFusionError('COMPOSITION_INVALID', { at, expected, got, fix });
}

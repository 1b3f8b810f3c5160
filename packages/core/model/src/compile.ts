import type { FoldedFactors, LowRank, Params, Site } from '@adapterfusion/contracts';
import { scope } from '@adapterfusion/tensor';
import { childName, childrenOf, nodesOf, type Composition } from './composition.js';
import { childrenAt, isNone, membersAt, type Fuse } from './fuse-children.js';
import type { Model } from './model.js';
import { FOLDED } from './pass-state.js';

/**
 * Folds the fusions of a model's composition into the factors of their children, in place, and frees what is not needed
 * any more: the fusions' projections, the adapters that stand in fusions only. The model computes the same, takes masks
 * and skipped layers as before, and neither trains nor composes anew. Fusions without `fold` stay as they are.
 * @returns the names of the fusions that were folded
 */
export function compileForInference(model: Model): string[] {
  const fuses = nodesOf(model.composition ?? { type: 'none' }).filter(
    (node): node is Fuse => typeof node !== 'string' && node.type === 'fuse',
  );
  const folded = fuses.filter((node) => fold(model, node)).map(({ fusion }) => fusion);
  if (folded.length > 0) dropUnused(model);
  return folded;
}

/** @returns false for a fusion that cannot be folded or is */
function fold({ adapters, backbone, fusions, parameters }: Model, node: Fuse): boolean {
  const held = fusions.get(node.fusion)!;
  if (!held.instance.fold || held.folded) return false;
  const bySite = new Map<string, ReadonlyMap<string, FoldedFactors>>();
  const left = new Map<string, Params>();
  for (const site of backbone.sites) {
    const params = held.sites.get(site.name);
    if (!params) continue;
    const path = `fusions/${node.fusion}/${site.name}`;
    const children = childrenAt(node, site.name, (name) => adapters.get(name)!.sites.has(site.name));
    const given = children.map((child) => ({
      index: node.children.indexOf(child),
      zero: isNone(child),
      ...factorsOf(child, site, adapters),
    }));
    const made = scope(() => held.instance.fold!(params, site, given));
    const factors = new Map<string, FoldedFactors>();
    for (const [index, each] of made.children.entries()) {
      if (!each) continue;
      const name = childName(children[index]!);
      factors.set(name, {
        params: parameters.add(`${path}/${name}`, each),
        activation: given[index]!.lowRank!.activation,
      });
    }
    const needed = children.length > 0 ? made.needed : [];
    for (const name of Object.keys(params))
      if (!needed.includes(name) && parameters.has(`${path}/${name}`)) parameters.drop(`${path}/${name}`);
    left.set(site.name, Object.fromEntries(needed.map((name) => [name, params[name]!])));
    bySite.set(site.name, factors);
  }
  fusions.set(node.fusion, { ...held, sites: left, folded: bySite });
  dropShared(parameters, `fusions/${node.fusion}`, left);
  return true;
}

function factorsOf(child: Composition, site: Site, adapters: Model['adapters']): { lowRank?: LowRank } {
  const last = membersAt(child, (name) => adapters.get(name)!.sites.has(site.name)).at(-1);
  const held = last === undefined ? undefined : adapters.get(last)!;
  const lowRank = held?.instance.lowRank?.(held.sites.get(site.name)!, site);
  return lowRank ? { lowRank } : {};
}

/** Frees the parameters of the composition's adapters at sites where they are in folded fusions only. */
function dropUnused(model: Model): void {
  const used = new Set<string>();
  for (const site of model.backbone.sites)
    for (const name of readAt(model.composition!, site.name, model)) used.add(`${name}/${site.name}`);
  const composed = new Set(nodesOf(model.composition!).filter((node) => typeof node === 'string'));
  for (const [name, held] of model.adapters) {
    if (!composed.has(name)) continue;
    const sites = new Map(held.sites);
    for (const [site, params] of held.sites) {
      if (used.has(`${name}/${site}`)) continue;
      for (const key of Object.keys(params)) {
        const path = `adapters/${name}/${site}/${key}`;
        if (model.parameters.has(path)) model.parameters.drop(path);
      }
      sites.set(site, FOLDED);
    }
    model.adapters.set(name, { ...held, sites });
    dropShared(model.parameters, `adapters/${name}`, sites);
  }
}

/** Frees shared parameters that no site reads any more. */
function dropShared(parameters: Model['parameters'], prefix: string, sites: ReadonlyMap<string, Params>): void {
  const read = new Set([...sites.values()].flatMap((params) => Object.values(params)));
  for (const path of parameters.paths())
    if (path.startsWith(`${prefix}/shared/`) && !read.has(parameters.get(path))) parameters.drop(path);
}

/** Names of the adapters whose parameters are read at a site. */
function readAt(node: Composition, site: string, model: Model): string[] {
  const acts = (name: string): boolean => model.adapters.get(name)!.sites.has(site);
  if (typeof node === 'string') return acts(node) ? [node] : [];
  if (node.type !== 'fuse') return childrenOf(node).flatMap((child) => readAt(child, site, model));
  const folded = model.fusions.get(node.fusion)!.folded?.get(site);
  return childrenAt(node, site, acts).flatMap((child) => {
    const members = membersAt(child, acts);
    return folded?.has(childName(child)) ? members.slice(0, -1) : members;
  });
}

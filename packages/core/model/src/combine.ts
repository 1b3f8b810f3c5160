import {
  AdapterFusionError,
  configure,
  type AdapterTerm,
  type AnyConfigured,
  type Fusion,
  type Params,
  type Site,
  type Tensor,
} from '@adapterfusion/contracts';
import { dispose, fill, read, reshape, scope, slice } from '@adapterfusion/tensor';
import { childName, type Composition } from './composition.js';
import { childrenAt, isNone, leadOf, type Fuse } from './fuse-children.js';
import type { RegisteredAdapter } from './registered.js';
import type { Model } from './model.js';
import type { Values } from './parameters.js';

/** One adapter that computes what a fusion and its adapters do. */
export interface SingleAdapter {
  readonly configured: AnyConfigured<'adapter'>;
  /** By `site/parameter`, as {@link Model.addAdapter} takes them. */
  readonly values: Map<string, Values>;
  /** The adapters that it was made of. */
  readonly adapters: readonly string[];
}

/**
 * Makes one adapter of a model's fusion and the adapters in it, exactly: alone it computes the same function. The model
 * stays as it is.
 * @throws UNSUPPORTED naming the reason: where the composition is not one fusion of plain adapters, where weights depend on
 * the tokens, where methods, options or sites differ
 */
export async function combineAdapters(model: Model): Promise<SingleAdapter> {
  const { node, fusion, sites: layers } = fusionOf(model);
  const named = node.children.filter((child) => !isNone(child)) as string[];
  const held = named.map((name) => model.adapters.get(name)!);
  const lead = model.adapters.get(leadOf(node, named) as string)!;
  const combine = methodOf(named, held, lead);
  const places = model.backbone.sites.filter(({ name }) => lead.sites.has(name));
  const made = scope(() => {
    const weights = places.map((site) => weightsAt(node, site, fusion, layers.get(site.name)!, held, named));
    const terms = named.map((name, at): AdapterTerm => ({
      name,
      options: held[at]!.configured.options,
      sites: new Map(
        places.map((site, place) => [
          site.name,
          { site, params: held[at]!.sites.get(site.name)!, weight: weights[place]![at]! },
        ]),
      ),
    }));
    // A scope keeps the tensors of the objects and arrays that it returns, but not those of a Map.
    const { options, sites } = combine(terms);
    return { options, sites: Object.fromEntries(sites) };
  });
  const values = new Map<string, Values>();
  for (const [site, params] of Object.entries(made.sites)) {
    for (const [name, tensor] of Object.entries(params))
      values.set(`${site}/${name}`, { shape: [...tensor.shape], data: Float32Array.from(await read(tensor)) });
    dispose(params);
  }
  return {
    configured: configure(lead.configured.plugin, made.options) as AnyConfigured<'adapter'>,
    values,
    adapters: named,
  };
}

/** The fusion that is all of the composition. */
function fusionOf({ composition, fusions }: Model): {
  node: Fuse;
  fusion: Fusion & Required<Pick<Fusion, 'linearWeights'>>;
  sites: ReadonlyMap<string, Params>;
} {
  const one = 'a composition that is one fusion of adapters';
  const block = (each: Composition | undefined): string =>
    each === undefined ? 'none' : typeof each === 'string' ? `the adapter "${each}" alone` : `"${each.type}"`;
  if (composition === undefined || typeof composition === 'string' || composition.type !== 'fuse')
    throw unsupported('composition', one, block(composition), 'Name a bundle that "fuse" wrote.');
  const inner = composition.children.find((child) => typeof child !== 'string' && !isNone(child));
  if (inner !== undefined)
    throw unsupported(composition.fusion, one, `${block(inner)} inside the fusion`, 'Fuse adapters without blocks.');
  const { instance, sites, configured } = fusions.get(composition.fusion)!;
  if (!instance.linearWeights)
    throw unsupported(
      composition.fusion,
      'a fusion whose weights do not depend on the tokens',
      `one of the method "${configured.plugin.id}"`,
      'Fuse with the method "scaling" or "average", or export with --compiled.',
    );
  return { node: composition, fusion: instance as ReturnType<typeof fusionOf>['fusion'], sites };
}

/** How the adapters are combined. */
function methodOf(
  names: readonly string[],
  held: readonly RegisteredAdapter[],
  lead: RegisteredAdapter,
): NonNullable<RegisteredAdapter['instance']['combine']> {
  const { packageName, id } = lead.configured.plugin;
  const fix = 'Use the fusion as it is, or fuse adapters of one method.';
  const other = held.findIndex(({ configured }) => configured.plugin.packageName !== packageName);
  if (other >= 0)
    throw unsupported(
      names[other]!,
      `the method "${id}", as the adapter that leads`,
      `"${held[other]!.configured.plugin.id}"`,
      fix,
    );
  if (!lead.instance.combine)
    throw unsupported(names[0]!, 'adapters of a method that can be combined', `the method "${id}"`, fix);
  const sitesOf = ({ sites }: RegisteredAdapter): string => [...sites.keys()].join(', ');
  const apart = held.findIndex((each) => sitesOf(each) !== sitesOf(lead));
  if (apart >= 0)
    throw unsupported(
      names[apart]!,
      `the sites ${sitesOf(lead)}, as the adapter that leads`,
      sitesOf(held[apart]!),
      fix,
    );
  return lead.instance.combine;
}

/** The weight of every adapter at a site, `[1]` or `[outDim]`; 0 for one that is pruned there. */
function weightsAt(
  node: Fuse,
  site: Site,
  fusion: Required<Pick<Fusion, 'linearWeights'>>,
  params: Params,
  held: readonly RegisteredAdapter[],
  names: readonly string[],
): Tensor[] {
  const taking = childrenAt(node, site.name, (name) => held[names.indexOf(name)]!.sites.has(site.name));
  if (taking.length === 0)
    throw unsupported(
      `${node.fusion} at ${site.name}`,
      'a fusion that acts wherever its adapters do',
      'a site where all of them are pruned',
      'Export the bundle that was pruned.',
    );
  const all = fusion.linearWeights(
    params,
    site,
    taking.map((child) => node.children.indexOf(child)),
  );
  const kept = taking.map(childName);
  return names.map((name) => {
    const at = kept.indexOf(name);
    return at < 0 ? fill([1], 0) : reshape(slice(all, 0, at, 1), [all.shape[1]!]);
  });
}

const unsupported = (at: string, expected: string, got: string, fix: string): AdapterFusionError =>
  new AdapterFusionError('UNSUPPORTED', { at, expected, got, fix });

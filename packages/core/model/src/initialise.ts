import {
  AdapterFusionError,
  sharedSite,
  type ParameterRandom,
  type Params,
  type SharedScope,
  type Site,
  type Tensor,
} from '@adapterfusion/contracts';
import { fill, parameterRandom, tensor } from '@adapterfusion/tensor';
import { checkValues, type ParameterSet, type Values } from './parameters.js';

/**
 * Where parameters come from: a seed for new ones, stored values by path below the name, or `blank` for zeros that will be
 * replaced.
 */
export type Source =
  { readonly seed: number } | { readonly values: ReadonlyMap<string, Values> } | { readonly blank: true };

const zeros = (shape: readonly number[]): Tensor => fill(shape, 0);
const BLANK: ParameterRandom = {
  normal: zeros,
  uniform: zeros,
  truncatedNormal: zeros,
  constant: zeros,
  diagonal: (size) => zeros([size, size]),
};

/** What new parameters at a path are drawn from; stored values take their shapes from it. */
export function randomOf(source: Source, path: string): ParameterRandom {
  return 'seed' in source ? parameterRandom(source.seed, path) : BLANK;
}

/** How a plugin makes its parameters. */
export interface Initialiser {
  /** The plugin's identity, for messages. */
  readonly plugin: string;
  init(site: Site, random: ParameterRandom): Params;
  shared?: ((scope: SharedScope, random: ParameterRandom) => Params) | undefined;
}

/**
 * Adds the parameters of every site under `prefix/site/`, and those that sites share.
 * @returns by site, its own and those that it shares
 * @throws TENSORS_INVALID; PLUGIN_INVALID where a site and a scope of it have parameters of one name
 */
export function initialise(
  parameters: ParameterSet,
  prefix: string,
  sites: readonly Site[],
  source: Source,
  { plugin, init, shared }: Initialiser,
): Map<string, Params> {
  const places = new Map<string, Params>();
  const make = (place: string, made: (random: ParameterRandom) => Params): unknown =>
    places.set(place, made(randomOf(source, `${prefix}/${place}`)));
  for (const site of sites) make(site.name, (random) => init(site, random));
  if (shared) {
    const layers = [...new Set(sites.map(({ layer }) => layer))].filter((layer) => layer >= 0);
    for (const layer of layers) {
      const own = sites.filter((site) => site.layer === layer);
      make(sharedSite(layer), (random) => shared({ scope: 'layer', layer, sites: own }, random));
    }
    make(sharedSite('model'), (random) => shared({ scope: 'model', sites }, random));
  }
  const flat = [...places].flatMap(([place, params]) =>
    Object.entries(params).map(([name, made]) => [`${place}/${name}`, made] as const),
  );
  const chosen = adopt(parameters, prefix, Object.fromEntries(flat), source);
  const at = (place: string): [string, Tensor][] =>
    Object.keys(places.get(place) ?? {}).map((name) => [name, chosen[`${place}/${name}`]!]);
  return new Map(
    sites.map((site) => {
      const own = [site.name, sharedSite(site.layer), sharedSite('model')].flatMap(at);
      const params = Object.fromEntries(own);
      if (Object.keys(params).length === own.length) return [site.name, params];
      parameters.remove(prefix);
      throw new AdapterFusionError('PLUGIN_INVALID', {
        at: plugin,
        expected: `parameters of ${site.name} and shared ones with different names`,
        got: own.map(([name]) => name).join(', '),
        fix: 'Report it to the author of the package.',
      });
    }),
  );
}

/**
 * Adds fresh parameters, or stored ones of the same names and shapes instead. Frees what it does not take.
 * @throws TENSORS_INVALID listing what is missing, unexpected or misshapen; nothing has been added then
 */
export function adopt(parameters: ParameterSet, prefix: string, fresh: Params, source: Source): Params {
  if (!('values' in source)) return parameters.add(prefix, fresh);
  const shapes = new Map(Object.entries(fresh).map(([name, { shape }]) => [name, [...shape]]));
  for (const each of Object.values(fresh)) each.dispose();
  checkValues(prefix, shapes, source.values);
  const values: Record<string, Tensor> = {};
  for (const name of shapes.keys()) {
    const stored = source.values.get(name)!;
    values[name] = tensor(stored.data, stored.shape);
  }
  return parameters.add(prefix, values);
}

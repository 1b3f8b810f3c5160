import type { ParameterRandom, Params, Site, Tensor } from '@adapterfusion/contracts';
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

/** Adds the parameters of every site under `prefix/site/`. @returns them by site @throws TENSORS_INVALID */
export function initialise(
  parameters: ParameterSet,
  prefix: string,
  sites: readonly Site[],
  source: Source,
  init: (site: Site, random: ParameterRandom) => Params,
): Map<string, Params> {
  const fresh = new Map(sites.map((site) => [site, init(site, randomOf(source, `${prefix}/${site.name}`))]));
  const all = Object.fromEntries(
    [...fresh].flatMap(([site, params]) =>
      Object.entries(params).map(([name, made]) => [`${site.name}/${name}`, made]),
    ),
  );
  const chosen = adopt(parameters, prefix, all, source);
  return new Map(
    [...fresh].map(([site, params]) => [
      site.name,
      Object.fromEntries(Object.keys(params).map((name) => [name, chosen[`${site.name}/${name}`]!])),
    ]),
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

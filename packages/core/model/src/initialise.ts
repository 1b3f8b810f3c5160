import {
  AdapterFusionError,
  type ParameterRandom,
  type Params,
  type Site,
  type Tensor,
} from '@adapterfusion/contracts';
import { fill, parameterRandom, tensor } from '@adapterfusion/tensor';
import type { ParameterSet, Values } from './parameters.js';

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
  const problems = [
    ...[...shapes.keys()].filter((name) => !source.values.has(name)).map((name) => `${name} is missing`),
    ...[...source.values.keys()].filter((name) => !shapes.has(name)).map((name) => `${name} is unexpected`),
    ...[...shapes].flatMap(([name, shape]) => {
      const stored = source.values.get(name);
      return stored && stored.shape.join() !== shape.join()
        ? [`${name} is [${stored.shape.join(', ')}] instead of [${shape.join(', ')}]`]
        : [];
    }),
  ];
  if (problems.length > 0)
    throw new AdapterFusionError('TENSORS_INVALID', {
      at: prefix,
      expected: `${shapes.size} tensors that fit the options and the encoder`,
      got: problems.slice(0, 5).join('; ') + (problems.length > 5 ? `; and ${problems.length - 5} more` : ''),
      fix: 'Use the options and the encoder that it was trained with.',
    });
  const values: Record<string, Tensor> = {};
  for (const name of shapes.keys()) {
    const stored = source.values.get(name)!;
    values[name] = tensor(stored.data, stored.shape);
  }
  return parameters.add(prefix, values);
}

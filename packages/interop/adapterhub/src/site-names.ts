import type { Meaning } from './weights.js';

/** Where an adapter may sit, by the reference's name of the location and its name in tensor names. */
export const LOCATIONS = { mh_adapter: 'attention.output', output_adapter: 'output' } as const;
export type Location = keyof typeof LOCATIONS;

const SITE = /^(?:\w+\.)?encoder\.layer\.(\d{1,4})\.(attention\.output|output)\.(\w+)\.(.+)$/s;

/** Names that versions before 3 of the reference's library used for the modules that hold adapters. */
const LEGACY = /^(attention|layer)_text_(task|lang)_adapters$/;

/**
 * What the name of a site's tensor means. The base model's name in front may be missing. Only names of exactly `owner`
 * are its own: the reference's filter lets others through, as those of the fusion `a,b,c` into the file of `a,b`.
 * @param module `adapters` or `adapter_fusion_layer`
 * @param parameterOf our name of a parameter, undefined for an unknown one
 */
export function siteMeaning(
  name: string,
  module: string,
  owner: string,
  parameterOf: (rest: string) => string | undefined,
): Meaning {
  const [, layer, place, found = '', rest = ''] = SITE.exec(name) ?? [];
  if (found.replace(LEGACY, 'adapters') !== module) return 'unknown';
  if (!rest.startsWith(`${owner}.`)) return 'foreign';
  const parameter = parameterOf(rest.slice(owner.length + 1));
  if (parameter === undefined) return 'unknown';
  const location = place === LOCATIONS.mh_adapter ? 'mh_adapter' : 'output_adapter';
  return { path: `${Number(layer)}/${location}/${parameter}` };
}

/** The number of layers that paths speak of: one more than the highest. */
export function layersOf(paths: Iterable<string>): number {
  return Math.max(0, ...Array.from(paths, (path) => Number.parseInt(path) + 1));
}

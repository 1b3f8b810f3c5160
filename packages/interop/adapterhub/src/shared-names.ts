import type { Meaning } from './weights.js';

/** Where the reference keeps parameters that belong to no layer, and our name of the place. */
const PLACES = new Map([
  ['invertible_adapters', 'embeddings/output'],
  ['shared_parameters', 'shared/model'],
]);

const IN_PLACE = /(?:^|\.)(invertible_adapters|shared_parameters)\.([^.]+)\.(.+)$/s;

/** What the name of a tensor means that belongs to no layer; undefined for another kind of name. */
export function unlayeredMeaning(name: string, owner: string): Meaning | undefined {
  const [, place = '', found, parameter = ''] = IN_PLACE.exec(name) ?? [];
  const ours = PLACES.get(place);
  if (ours === undefined) return undefined;
  return found === owner ? { path: `${ours}/${parameter}` } : 'foreign';
}

/** The reference's name of a parameter that belongs to no layer; undefined for one of a layer. */
export function unlayeredName(path: string, owner: string): string | undefined {
  const [first, second, ...rest] = path.split('/') as [string, string, ...string[]];
  const place = [...PLACES].find(([, ours]) => ours === `${first}/${second}`)?.[0];
  return place === undefined ? undefined : `${place}.${owner}.${rest.join('/')}`;
}

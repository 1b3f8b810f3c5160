import { isObject } from './json.js';
import type { Manifest } from './manifest.js';
import { MANIFEST_KEYS } from './manifest-parse.js';

/**
 * The bytes of `adapterfusion.json`: JSON indented by 2, a line end at the end. Equal manifests give equal bytes: the
 * keys at the top stand in the order of {@link Manifest}, those below are sorted.
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const top = MANIFEST_KEYS.map((key) => [key, sorted(manifest[key])]);
  return new TextEncoder().encode(`${JSON.stringify(Object.fromEntries(top), null, 2)}\n`);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

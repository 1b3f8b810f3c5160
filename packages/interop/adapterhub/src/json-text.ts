import type { JsonValue } from '@adapterfusion/contracts';

type Json = { readonly [key: string]: JsonValue };

const MARK = '\u0001float ';

/** A configuration of which the whole numbers under `keys` are written as floats: `1.0`. Only its own entries, not nested ones. */
export function withFloats(config: Json, keys: readonly string[]): Json {
  const marked = ([key, value]: [string, JsonValue]): [string, JsonValue] =>
    keys.includes(key) && Number.isInteger(value) ? [key, `${MARK}${value as number}`] : [key, value];
  return Object.fromEntries(Object.entries(config).map(marked));
}

/** JSON as the Python libraries write it: indented by 2, keys sorted, floats as such. */
export function json(value: object): Uint8Array {
  const text = JSON.stringify(sorted(value as Json), null, 2);
  return new TextEncoder().encode(text.replace(/"\\u0001float (-?\d+)"/g, '$1.0'));
}

function sorted(value: JsonValue | undefined): JsonValue {
  if (Array.isArray(value)) return (value as JsonValue[]).map(sorted);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const entries = Object.entries(value as Json).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

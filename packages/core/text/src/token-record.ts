import type { TokenRow } from './row.js';

/**
 * A row's tokens as bytes: 32-bit words, little-endian on every machine that runs this. First how many inputs there are, then
 * of each its length, its ids, and its types, a byte each, filled up to whole words.
 */
export function encodeTokens({ group }: TokenRow): Uint8Array {
  const words = group.reduce((sum, { ids }) => sum + 1 + ids.length + Math.ceil(ids.length / 4), 1);
  const record = new Int32Array(words);
  const bytes = new Uint8Array(record.buffer);
  record[0] = group.length;
  let at = 1;
  for (const { ids, types } of group) {
    record[at] = ids.length;
    record.set(ids, at + 1);
    bytes.set(types, 4 * (at + 1 + ids.length));
    at += 1 + ids.length + Math.ceil(ids.length / 4);
  }
  return bytes;
}

/** What {@link encodeTokens} was given. @param bytes of one record, whatever their place in their buffer */
export function decodeTokens(bytes: Uint8Array): TokenRow {
  const own = bytes.slice();
  const record = new Int32Array(own.buffer);
  let at = 1;
  const group = Array.from({ length: record[0]! }, () => {
    const length = record[at]!;
    const from = 4 * (at + 1 + length);
    const input = { ids: [...record.subarray(at + 1, at + 1 + length)], types: [...own.subarray(from, from + length)] };
    at += 1 + length + Math.ceil(length / 4);
    return input;
  });
  return { group };
}

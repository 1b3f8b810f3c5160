import { expect, it } from 'vitest';
import { decodeTokens, encodeTokens } from './token-record.js';

it.each([
  ['a text', [{ ids: [101, 7, 102], types: [0, 0, 0] }]],
  ['a pair of a length of whole words', [{ ids: [101, 70_000, 102, 5], types: [0, 0, 1, 1] }]],
  ['no tokens', [{ ids: [], types: [] }]],
  [
    'choices of several lengths',
    [
      { ids: [1, 2, 3, 4, 5], types: [0, 0, 1, 1, 1] },
      { ids: [9], types: [1] },
      { ids: [], types: [] },
      { ids: [6, 7, 8], types: [0, 1, 0] },
    ],
  ],
])('%s comes back from bytes, wherever they lie', (_, group) => {
  const row = { group };
  const bytes = encodeTokens(row);
  expect(bytes.length % 4).toBe(0);
  expect(decodeTokens(bytes)).toEqual(row);
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  expect(decodeTokens(moved.subarray(3))).toEqual(row);
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { longestFirst } from './truncate.js';

type Cut = [first: number, second: number, room: number, keptFirst: number, keptSecond: number];
const { cuts } = JSON.parse(readFileSync(new URL('../fixtures/expected.json', import.meta.url), 'utf8')) as {
  cuts: Cut[];
};

it('cuts every pair of up to 7 and 7 tokens as the Python tokenizers do', () => {
  expect(cuts).toHaveLength(512);
  for (const [first, second, room, keptFirst, keptSecond] of cuts)
    expect([first, second, room, ...longestFirst(first, second, room)]).toEqual([
      first,
      second,
      room,
      keptFirst,
      keptSecond,
    ]);
});

import { describe, expect, it } from 'vitest';
import { block, randomWords, seedsOf } from './philox.js';

const hex = (words: Int32Array): string[] => [...words].map((word) => (word >>> 0).toString(16).padStart(8, '0'));

describe('block', () => {
  // Known answers of philox4x32 with 10 rounds, published with Random123 (file kat_vectors).
  it.each([
    ['zeros', [0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [
      'ones',
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      'digits of pi',
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ])('gives the known answer for %s', (_, [c0, c1, c2, c3], [k0, k1], answer) => {
    for (const as of [(word: number) => word >>> 0, (word: number) => word | 0]) {
      const out = new Int32Array(6);
      block(as(c0!), as(c1!), as(c2!), as(c3!), as(k0!), as(k1!), out, 1);
      expect(hex(out.subarray(1, 5)).join(' ')).toBe(answer);
      expect([out[0], out[5]]).toEqual([0, 0]);
    }
  });
});

describe('randomWords', () => {
  it('is block after block from a key and counter that the seeds give', () => {
    const [seed0, seed1] = [-5, 1234567];
    const start = new Int32Array(4);
    block(seed0, -1, seed1, 0, 0x3ec8f720, 0x02461e29, start, 0);
    const expected = new Int32Array(12);
    for (let index = 0; index < 3; index++)
      block(index, 0, start[2]!, start[3]!, start[0]!, start[1]!, expected, index * 4);
    expect(randomWords([seed0, seed1], 12)).toEqual(expected);
    for (const count of [0, 1, 4, 5, 11])
      expect([...randomWords([seed0, seed1], count)]).toEqual([...expected.subarray(0, count)]);
  });

  it('stays what it is', () => {
    expect(hex(randomWords([1, 2], 6)).join(' ')).toMatchInlineSnapshot(
      `"41ec0a2c 679894f1 ebff843e 16148793 00a2d093 f1531dc5"`,
    );
    expect(hex(randomWords([-1, -2147483648], 6)).join(' ')).toMatchInlineSnapshot(
      `"9d6b7fe3 b010cc16 e3963bcd bfb5c73b 3da33793 05dacfc7"`,
    );
  });

  it('is even in every bit, and its words do not follow each other', () => {
    const count = 40_000;
    const words = randomWords([3, 4], count);
    for (let bit = 0; bit < 32; bit++) {
      const ones = words.reduce((sum, word) => sum + ((word >>> bit) & 1), 0);
      expect(Math.abs(ones / count - 0.5)).toBeLessThan(0.0125);
    }
    for (const lag of [1, 2, 4]) {
      let sum = 0;
      for (let index = lag; index < count; index++) sum += (words[index]! / 2 ** 31) * (words[index - lag]! / 2 ** 31);
      expect(Math.abs((3 * sum) / count)).toBeLessThan(0.025);
    }
  });
});

describe('seedsOf', () => {
  const key = { seed: 1, step: 2, microBatch: 3 };

  it('stays what it is', () => {
    expect(seedsOf(key, 'encoder/layer/0/attention')).toMatchInlineSnapshot(`
      [
        938080006,
        1939788919,
      ]
    `);
    expect(seedsOf({ seed: 0, step: 0, microBatch: 0 }, '')).toMatchInlineSnapshot(`
      [
        -405558085,
        -2045199884,
      ]
    `);
  });

  it('differs wherever seed, step, micro-batch or path differ', () => {
    const paths = ['', 'a', 'b', 'ab', 'ba', 'a/0', 'a/1', 'layer/1', 'layer/10', 'layer/11', 'layer/1/1'];
    const all: string[] = [];
    for (const path of paths)
      for (let seed = 0; seed < 6; seed++)
        for (let step = 0; step < 40; step++)
          for (let microBatch = 0; microBatch < 4; microBatch++)
            all.push(seedsOf({ seed, step, microBatch }, path).join());
    expect(new Set(all).size).toBe(all.length);
  });

  it('gives every path of a large model seeds of its own', () => {
    const paths: string[] = [];
    for (let layer = 0; layer < 48; layer++)
      for (const place of ['attention', 'output', 'mh_adapter/a', 'output_adapter/a', 'output_adapter/b', 'fusion'])
        for (const what of ['dropout', 'weights', 'down', 'up']) paths.push(`encoder/layer/${layer}/${place}/${what}`);
    expect(new Set(paths.map((path) => seedsOf(key, path)[1])).size).toBe(paths.length);
  });

  it('changes half of the bits where one thing changes', () => {
    let [changed, compared] = [0, 0];
    for (let step = 0; step < 500; step++) {
      const [before, after] = [seedsOf({ ...key, step }, 'p')[0], seedsOf({ ...key, step: step + 1 }, 'p')[0]];
      for (let bits = (before ^ after) >>> 0; bits > 0; bits >>>= 1) changed += bits & 1;
      compared += 32;
    }
    expect(changed / compared).toBeGreaterThan(0.47);
    expect(changed / compared).toBeLessThan(0.53);
  });
});

import type { Tensor } from '@adapterfusion/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend, parameterRandom, read, tensorCount } from './index.js';

const values = async (tensor: Tensor): Promise<number[]> => {
  const read_ = [...(await read(tensor))];
  tensor.dispose();
  return read_;
};
const moment = (x: number[], power: number): number => x.reduce((sum, value) => sum + value ** power, 0) / x.length;
const count = 100_000;

beforeAll(async () => {
  await openBackend('cpu');
});

describe('parameterRandom', () => {
  it('draws near-normal values of the asked deviation', async () => {
    const x = (await values(parameterRandom(1, 'p').normal([count], 0.02))).map((value) => value / 0.02);
    expect(Math.abs(moment(x, 1))).toBeLessThan(0.015);
    expect(moment(x, 2)).toBeCloseTo(1, 1);
    expect(Math.abs(moment(x, 3))).toBeLessThan(0.05);
    // A sum of eight uniform values has kurtosis 3 − 1.2 / 8.
    expect(Math.abs(moment(x, 4) / moment(x, 2) ** 2 - 2.85)).toBeLessThan(0.1);
    const beyond = (limit: number): number => x.filter((value) => Math.abs(value) > limit).length / count;
    expect(Math.abs(beyond(1) - 0.3173)).toBeLessThan(0.015);
    expect(Math.abs(beyond(2) - 0.0455)).toBeLessThan(0.006);
  });

  it('draws uniform values within the bound', async () => {
    const x = await values(parameterRandom(1, 'p').uniform([count], 0.5));
    expect(Math.min(...x.slice(0, 50_000))).toBeLessThan(-0.4999);
    expect(x.every((value) => value >= -0.5 && value <= 0.5)).toBe(true);
    expect(Math.abs(moment(x, 1))).toBeLessThan(0.005);
    expect(moment(x, 2)).toBeCloseTo(0.25 / 3, 3);
  });

  it('cuts normal values off at the limit and draws others instead', async () => {
    const x = (await values(parameterRandom(1, 'p').truncatedNormal([count], 0.01, 0.02))).map((value) => value / 0.01);
    expect(x.every((value) => Math.abs(value) <= Math.fround(2))).toBe(true);
    expect(x.filter((value) => Math.abs(value) > 1.9).length).toBeGreaterThan(500);
    expect(moment(x, 2)).toBeCloseTo(0.774, 1);
    const tight = await values(parameterRandom(1, 'p').truncatedNormal([1000], 1, 0.05));
    expect(tight.every((value) => Math.abs(value) <= Math.fround(0.05))).toBe(true);
    expect(new Set(tight).size).toBeGreaterThan(900);
  });

  it('fills constants and diagonals', async () => {
    const random = parameterRandom(1, 'p');
    expect(await values(random.constant([2, 2], 0.5))).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(await values(random.diagonal(3, 1, 0.25))).toEqual([1, 0.25, 0.25, 0.25, 1, 0.25, 0.25, 0.25, 1]);
    expect(random.normal([2, 3], 1).shape).toEqual([2, 3]);
  });

  it('is a function of seed, path and the draws before', async () => {
    const draw = (seed: number, path: string) => values(parameterRandom(seed, path).normal([64], 1));
    const first = await draw(1, 'p');
    expect(await draw(1, 'p')).toEqual(first);
    expect(await draw(2, 'p')).not.toEqual(first);
    expect(await draw(1, 'q')).not.toEqual(first);
    const random = parameterRandom(1, 'p');
    expect(await values(random.normal([64], 1))).toEqual(first);
    expect(await values(random.normal([64], 1))).not.toEqual(first);
  });

  it('stays what it is', async () => {
    const random = parameterRandom(42, 'adapters/a/0/output_adapter');
    expect(await values(random.normal([3], 0.02))).toMatchInlineSnapshot(`
      [
        -0.009327242150902748,
        0.012751654721796513,
        -0.016556555405259132,
      ]
    `);
    expect(await values(random.uniform([3], 1))).toMatchInlineSnapshot(`
      [
        -0.30974331498146057,
        0.2397802621126175,
        0.3757244348526001,
      ]
    `);
    expect(await values(random.truncatedNormal([3], 0.01, 0.02))).toMatchInlineSnapshot(`
      [
        -0.011670359410345554,
        -0.012206709012389183,
        -0.010284635238349438,
      ]
    `);
  });

  it('makes one tensor a draw', () => {
    const before = tensorCount();
    parameterRandom(1, 'p').truncatedNormal([4], 1, 1).dispose();
    expect(tensorCount()).toBe(before);
  });
});

import { expect, it } from 'vitest';
import { bootstrapInterval, metricInterval } from './bootstrap.js';
import { hash32 } from '@adapterfusion/contracts';

const values = Array.from({ length: 400 }, (_, index) => (hash32(index) % 4 === 0 ? 0 : 1));

it('is near the normal interval of a share', () => {
  const { mean, low, high } = bootstrapInterval(values, { seed: 1 });
  const deviation = Math.sqrt((mean * (1 - mean)) / values.length);
  expect(mean).toBe(values.filter(Boolean).length / 400);
  expect(Math.abs(low - (mean - 1.96 * deviation))).toBeLessThan(0.2 * deviation);
  expect(Math.abs(high - (mean + 1.96 * deviation))).toBeLessThan(0.2 * deviation);
});

it('covers the truth as often as it says', () => {
  let inside = 0;
  for (let trial = 0; trial < 400; trial++) {
    const sample = Array.from({ length: 80 }, (_, index) => (hash32(trial, index) < 0.7 * 2 ** 32 ? 1 : 0));
    const { low, high } = bootstrapInterval(sample, { seed: trial, level: 0.9, resamples: 300 });
    if (low <= 0.7 && high >= 0.7) inside++;
  }
  expect(inside / 400).toBeGreaterThan(0.85);
  expect(inside / 400).toBeLessThan(0.95);
});

it('is a function of values and seed, and narrows with the level', () => {
  const wide = bootstrapInterval(values, { seed: 1 });
  expect(bootstrapInterval(values, { seed: 1 })).toEqual(wide);
  expect(bootstrapInterval(values, { seed: 2 })).not.toEqual(wide);
  const narrow = bootstrapInterval(values, { seed: 1, level: 0.5 });
  expect(narrow.high - narrow.low).toBeLessThan(0.6 * (wide.high - wide.low));
});

it('a constant has no width, and nothing has no interval', () => {
  expect(bootstrapInterval([3, 3], { seed: 0 })).toEqual({ mean: 3, low: 3, high: 3 });
  expect(() => bootstrapInterval([], { seed: 0 })).toThrow(TypeError);
});

it('of accuracy is that of the mean of right and wrong', () => {
  const labels = values.map((_, row) => row % 2);
  const predictions = labels.map((label, row) => (values[row] ? label : 1 - label));
  const { low, high } = bootstrapInterval(values, { seed: 4, resamples: 300 });
  const given = { seed: 4, resamples: 300, labels: ['a', 'b'] };
  const found = metricInterval('accuracy', predictions, labels, given)!;
  expect(found.low).toBeCloseTo(low, 12);
  expect(found.high).toBeCloseTo(high, 12);
});

it('of a correlation is near that of Fisher', () => {
  const noise = (row: number, at: number): number =>
    [0, 1, 2, 3].reduce((sum, i) => sum + hash32(row, at, i) / 2 ** 32, -2);
  const a = Array.from({ length: 500 }, (_, row) => noise(row, 1));
  const b = a.map((value, row) => value + noise(row, 2));
  const r = 1 / Math.sqrt(2);
  const { low, high } = metricInterval('pearson', a, b, { seed: 1, resamples: 500 })!;
  const fisher = (by: number): number => Math.tanh(Math.atanh(r) + by / Math.sqrt(497));
  expect(Math.abs(low - fisher(-1.96))).toBeLessThan(0.04);
  expect(Math.abs(high - fisher(1.96))).toBeLessThan(0.04);
});

it('leaves out resamples without a number, and has none of a constant', () => {
  expect(metricInterval('pearson', [1, 2], [1, 3], { seed: 1 })).toEqual({
    low: expect.closeTo(1, 9) as number,
    high: expect.closeTo(1, 9) as number,
  });
  expect(metricInterval('pearson', [1, 1], [1, 3], { seed: 1 })).toBeUndefined();
  expect(() => metricInterval('pearsn', [1], [1], { seed: 1 })).toThrow('pearson');
});

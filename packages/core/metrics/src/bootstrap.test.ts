import { expect, it } from 'vitest';
import { bootstrapInterval } from './bootstrap.js';
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

import { expect, it } from 'vitest';
import { headlineMetric, predictsOneClass } from './headline.js';
import { logLoss } from './log-loss.js';

const rows = (...counts: number[]): number[] => counts.flatMap((count, label) => new Array<number>(count).fill(label));

it.each([
  { counts: [50, 50], metric: 'accuracy' },
  { counts: [60, 40], metric: 'accuracy' },
  { counts: [61, 39], metric: 'macro-f1' },
  { counts: [45, 45, 10], metric: 'accuracy' },
  { counts: [46, 45, 9], metric: 'macro-f1' },
  { counts: [50, 50, 0], metric: 'macro-f1' },
])('compares by $metric where classes have $counts rows', ({ counts, metric }) => {
  expect(headlineMetric(rows(...counts), counts.length)).toBe(metric);
});

it('refuses to choose a metric without rows', () => {
  expect(() => headlineMetric([], 2)).toThrow(TypeError);
});

it('says whether predictions are all of one class', () => {
  expect(predictsOneClass([2, 2, 2])).toBe(true);
  expect(predictsOneClass([2, 2, 0])).toBe(false);
  expect(predictsOneClass([])).toBe(false);
});

it('log-loss is the mean of −ln p, p at least 2⁻⁵²', () => {
  expect(logLoss([0.5, 0.5, 0.1, 0.9], [0, 1], 2)).toBeCloseTo((Math.LN2 - Math.log(0.9)) / 2, 12);
  expect(logLoss([0.5, 0.5, 0.1, 0.9], [0, 1], 2, [3, 1])).toBeCloseTo((3 * Math.LN2 - Math.log(0.9)) / 4, 12);
  expect(logLoss([0, 1], [0], 2)).toBeCloseTo(52 * Math.LN2, 10);
  expect(() => logLoss([0.5, 0.5], [0, 1], 2)).toThrow(TypeError);
  expect(() => logLoss([], [], 2)).toThrow(TypeError);
});

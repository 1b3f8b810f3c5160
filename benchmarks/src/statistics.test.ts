import { expect, it } from 'vitest';
import { median, medianInterval } from './statistics.js';

it('the median of odd and even counts', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

it('the interval of order statistics: of 15 the 4th and the 12th, of 5 the ends, of 2 the ends', () => {
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => count - index);
  expect(medianInterval(upTo(15))).toEqual({ median: 8, low: 4, high: 12 });
  expect(medianInterval(upTo(5))).toEqual({ median: 3, low: 1, high: 5 });
  expect(medianInterval([1, 2])).toEqual({ median: 1.5, low: 1, high: 2 });
});

import { expect, it } from 'vitest';
import { ByteRate, megabytes } from './byte-rate.js';

it('says how fast bytes come and how long the rest takes, step by step', () => {
  const rate = new ByteRate();
  expect(rate.words(2, 1e6, 274e6, 0)).toBe('');
  expect(rate.words(2, 21e6, 274e6, 2000)).toBe('10.0 MB/s, 0:25 left');
  expect(rate.words(3, 5e6, 850e6, 3000)).toBe('');
  expect(rate.words(3, 850e6, 850e6, 4000)).toBe('845.0 MB/s, 0:00 left');
  expect(megabytes(274_123_456)).toBe(274);
});

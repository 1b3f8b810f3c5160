import { describe, expect, it } from 'vitest';
import { hash32 } from '@adapterfusion/contracts';
import { stratifiedSample, stratifiedSplit } from './split.js';

const labels = Array.from({ length: 1000 }, (_, row) => (hash32(row) % 10 < 6 ? 0 : hash32(row) % 10 < 9 ? 1 : 2));
const count = (rows: number[], label: number) => rows.filter((row) => labels[row] === label).length;

describe('stratifiedSplit', () => {
  it('gives every row to one split and every class its share', () => {
    const split = stratifiedSplit(labels, { validation: 0.2, test: 0.1, seed: 3 }, 'f');
    expect([...split.train, ...split.validation, ...split.test].sort((a, b) => a - b)).toEqual(
      labels.map((_, row) => row),
    );
    expect([split.train.length, split.validation.length, split.test.length]).toEqual([700, 200, 100]);
    for (const label of [0, 1, 2]) {
      const size = labels.filter((other) => other === label).length;
      expect(Math.abs(count(split.validation, label) - 0.2 * size)).toBeLessThanOrEqual(1);
      expect(Math.abs(count(split.test, label) - 0.1 * size)).toBeLessThanOrEqual(1);
    }
  });

  it('is a function of labels and seed', () => {
    const split = stratifiedSplit(labels, { seed: 3 }, 'f');
    expect(stratifiedSplit(labels, { seed: 3 }, 'f')).toEqual(split);
    expect(stratifiedSplit(labels, { seed: 4 }, 'f').validation).not.toEqual(split.validation);
    expect(split.validation).toHaveLength(100);
    expect(split.test).toEqual([]);
  });

  it('has not changed', () => {
    expect(stratifiedSplit([0, 0, 0, 1, 1, 1], { validation: 0.34, seed: 0 }, 'f')).toEqual({
      train: [0, 2, 3, 5],
      validation: [1, 4],
      test: [],
    });
  });

  it('keeps a row of every class for training, and still fills a small validation split', () => {
    const split = stratifiedSplit([0, 1, 2, 2, 3, 3], { validation: 0.9, seed: 1 }, 'f');
    expect(split.train).toHaveLength(4);
    expect(split.train.slice(0, 2)).toEqual([0, 1]);
    expect(stratifiedSplit([0, 0, 1, 1], { validation: 0.05, seed: 1 }, 'f').validation).toHaveLength(1);
  });

  it('refuses rows that cannot be cut, and shares that make no sense', () => {
    expect(() => stratifiedSplit([0, 1, 2], { seed: 1 }, 'f')).toThrow(
      'f: expected enough rows for a validation split; got 3 rows of 3 labels',
    );
    expect(() => stratifiedSplit(labels, { validation: 0.6, test: 0.4, seed: 1 }, 'f')).toThrow(TypeError);
    expect(() => stratifiedSplit(labels, { validation: NaN, seed: 1 }, 'f')).toThrow(TypeError);
  });

  it('cuts 100,000 rows at once', () => {
    expect(
      stratifiedSplit(
        Array.from({ length: 100_000 }, (_, row) => row % 2),
        { seed: 1 },
        'f',
      ).validation,
    ).toHaveLength(10_000);
  });
});

describe('stratifiedSample', () => {
  it('draws as many rows as are wanted, every class with its share', () => {
    for (const rows of [3, 16, 64, 999, 1000]) {
      const sample = stratifiedSample(labels, { rows, seed: 5 });
      expect(sample).toHaveLength(rows);
      expect(new Set(sample).size).toBe(rows);
      expect(sample).toEqual([...sample].sort((a, b) => a - b));
      for (const label of [0, 1, 2]) {
        const share = labels.filter((other) => other === label).length / labels.length;
        expect(Math.abs(count(sample, label) - share * rows)).toBeLessThan(rows === 3 ? 2 : 1);
        expect(count(sample, label)).toBeGreaterThan(0);
      }
    }
  });

  it('is a function of labels and seed, and has not changed', () => {
    const sample = (seed: number) => stratifiedSample(labels, { rows: 64, seed });
    expect(sample(1)).toEqual(sample(1));
    expect(sample(1)).not.toEqual(sample(2));
    expect(stratifiedSample([0, 0, 0, 1, 1, 1], { rows: 4, seed: 0 })).toEqual([1, 2, 3, 4]);
  });

  it('leaves no class out, however rare', () => {
    const rare = [...Array.from({ length: 98 }, () => 0), 1, 2];
    expect(stratifiedSample(rare, { rows: 3, seed: 1 }).map((row) => rare[row])).toEqual([0, 1, 2]);
  });

  it.each([2, 1001, 3.5, NaN])('refuses %d rows of three classes', (rows) => {
    expect(() => stratifiedSample(labels, { rows, seed: 1 })).toThrow(TypeError);
  });
});

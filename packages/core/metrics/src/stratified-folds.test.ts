import { describe, expect, it } from 'vitest';
import { stratifiedFolds } from './stratified-folds.js';

const labels = [...new Array<number>(23).fill(0), ...new Array<number>(14).fill(1), 2, 2, 3];

describe('stratifiedFolds', () => {
  const folds = stratifiedFolds(labels, { folds: 5, repeats: 3, seed: 1 });

  it('tests every row of a class with several rows once in each repeat', () => {
    expect(folds).toHaveLength(15);
    for (let repeat = 0; repeat < 3; repeat++) {
      const tested = folds.slice(5 * repeat, 5 * repeat + 5).flatMap(({ test }) => test);
      expect(tested.sort((a, b) => a - b)).toEqual([...labels.keys()].slice(0, 39));
    }
    for (const { train, test } of folds) {
      expect([...train, ...test].sort((a, b) => a - b)).toEqual([...labels.keys()]);
      expect(train).toEqual([...train].sort((a, b) => a - b));
    }
  });

  it('gives each fold its share of each class, and nearly as many rows', () => {
    for (const { test } of folds) {
      const count = (label: number): number => test.filter((row) => labels[row] === label).length;
      expect([4, 5]).toContain(count(0));
      expect([2, 3]).toContain(count(1));
      expect([7, 8]).toContain(test.length);
    }
  });

  it('tests a class of two rows in two folds, and never the only row of a class', () => {
    for (let repeat = 0; repeat < 3; repeat++) {
      const small = folds.slice(5 * repeat, 5 * repeat + 5).filter(({ test }) => test.some((row) => labels[row] === 2));
      expect(small).toHaveLength(2);
    }
    for (const { train } of folds) expect(new Set(train.map((row) => labels[row]))).toEqual(new Set([0, 1, 2, 3]));
  });

  it('depends on the seed and the repeat alone', () => {
    expect(stratifiedFolds(labels, { folds: 5, repeats: 3, seed: 1 })).toEqual(folds);
    expect(stratifiedFolds(labels, { folds: 5, repeats: 3, seed: 2 })).not.toEqual(folds);
    expect(folds.slice(0, 5)).not.toEqual(folds.slice(5, 10));
    expect(stratifiedFolds(labels, { seed: 1 })).toEqual(folds.slice(0, 5));
  });

  it('makes fewer folds of few rows, and refuses rows that cannot be divided', () => {
    expect(stratifiedFolds([0, 1, 1], { folds: 5, seed: 0 }).map(({ test }) => test.length)).toEqual([1, 1]);
    expect(() => stratifiedFolds([0, 1, 2], { seed: 0 })).toThrow('at least two rows');
    expect(() => stratifiedFolds(labels, { folds: 1, seed: 0 })).toThrow('at least 2 folds');
  });
});

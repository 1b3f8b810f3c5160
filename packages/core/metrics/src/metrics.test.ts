import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classReports } from './classification.js';
import { confusionMatrix } from './confusion.js';
import { majorityClass } from './majority.js';
import { METRICS, computeMetrics } from './metrics.js';

interface Classification {
  truth: number[];
  guess: number[];
  classes: number;
  accuracy: number;
  f1: number | null;
  macro: number;
  micro: number;
  matthews: number;
  confusion: number[][];
  precision: number[];
  recall: number[];
  f1s: number[];
  support: number[];
}
interface Correlation {
  a: number[];
  b: number[];
  pearson: number | null;
  spearman: number | null;
}
const expected = JSON.parse(readFileSync(new URL('../fixtures/expected.json', import.meta.url), 'utf8')) as {
  classification: Classification[];
  correlation: Correlation[];
};
const names = (classes: number) => Array.from({ length: classes }, (_, index) => `label ${index}`);

function expectClose(got: readonly number[], want: readonly number[]): void {
  expect(got).toHaveLength(want.length);
  got.forEach((value, index) => expect(Math.abs(value - want[index]!)).toBeLessThan(1e-9));
}

describe.each(expected.classification)('scikit-learn on $truth.length rows of $classes classes', (given) => {
  it('gives the same numbers', () => {
    const { truth, guess, classes } = given;
    const wanted = ['accuracy', 'macro-f1', 'micro-f1', 'matthews', ...(classes === 2 ? ['f1'] : [])];
    const got = computeMetrics(wanted, guess, truth, { labels: names(classes) });
    expectClose(
      Object.values(got),
      [given.accuracy, given.macro, given.micro, given.matthews, given.f1!].slice(0, wanted.length),
    );
    const matrix = confusionMatrix(guess, truth, classes);
    expect(matrix).toEqual(given.confusion);
    const reports = classReports(matrix);
    expectClose(
      reports.map(({ precision }) => precision),
      given.precision,
    );
    expectClose(
      reports.map(({ recall }) => recall),
      given.recall,
    );
    expectClose(
      reports.map(({ f1 }) => f1),
      given.f1s,
    );
    expect(reports.map(({ support }) => support)).toEqual(given.support);
  });
});

it.each(expected.correlation)('scipy on $a and $b', ({ a, b, ...want }) => {
  const got = computeMetrics(['pearson', 'spearman'], a, b);
  for (const name of ['pearson', 'spearman'] as const)
    if (want[name] === null) expect(got[name]).toBeNaN();
    else expectClose([got[name]!], [want[name]]);
});

it('a constant that its mean rounds away from has no correlation', () => {
  expect(computeMetrics(['pearson', 'spearman'], [0.1, 0.1, 0.1], [1, 2, 3])).toEqual({ pearson: NaN, spearman: NaN });
});

describe('computeMetrics', () => {
  it('takes f1 of the class it is told', () => {
    expect(computeMetrics(['f1'], [0, 0, 1], [0, 1, 1], { labels: names(2), positive: 0 })).toEqual({ f1: 2 / 3 });
  });

  it('counts classes itself, of many rows', () => {
    const zeros = new Array<number>(300_000).fill(0);
    expect(computeMetrics(['accuracy'], zeros, zeros)).toEqual({ accuracy: 1 });
  });

  it('refuses an unknown metric, and f1 of three labels', () => {
    expect(() => computeMetrics(['acuracy'], [0], [0])).toThrow('Did you mean "accuracy"?');
    expect(() => computeMetrics(['constructor'], [0], [0])).toThrow(`expected one of ${METRICS.join(', ')}`);
    expect(() => computeMetrics(['f1'], [0], [0], { labels: names(3) })).toThrow('Use macro-f1');
  });

  it('refuses lists that do not fit', () => {
    expect(() => computeMetrics(['accuracy'], [0, 1], [0])).toThrow(TypeError);
    expect(() => computeMetrics(['accuracy'], [], [])).toThrow(TypeError);
    expect(() => computeMetrics(['accuracy'], [2], [0], { labels: names(2) })).toThrow(TypeError);
    expect(() => computeMetrics(['accuracy'], [0.5], [0], { labels: names(2) })).toThrow(TypeError);
  });
});

it('the majority class is the lowest of the most frequent', () => {
  expect(majorityClass([2, 1, 1, 2, 0])).toBe(1);
  expect(majorityClass([0, 3, 3])).toBe(3);
  expect(() => majorityClass([])).toThrow(TypeError);
});

import type { ConfusionMatrix } from './confusion.js';

/** How a class fares. Each ratio is 0 where its denominator is 0. */
export interface ClassReport {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Rows of the class. */
  readonly support: number;
  /** Rows predicted to be of the class. */
  readonly predicted: number;
}

/** Precision, recall and F1 of every class. */
export function classReports(matrix: ConfusionMatrix): ClassReport[] {
  return matrix.map((row, index) => {
    const right = row[index]!;
    const support = sum(row);
    const predicted = sum(matrix.map((other) => other[index]!));
    return {
      precision: ratio(right, predicted),
      recall: ratio(right, support),
      f1: ratio(2 * right, support + predicted),
      support,
      predicted,
    };
  });
}

/** Share of rows that are right. */
export function accuracy(matrix: ConfusionMatrix): number {
  return ratio(sum(matrix.map((row, index) => row[index]!)), sum(matrix.flat()));
}

/** Mean F1 over the classes that occur among labels or predictions. */
export function macroF1(matrix: ConfusionMatrix): number {
  const seen = classReports(matrix).filter(({ support, predicted }) => support + predicted > 0);
  return ratio(sum(seen.map(({ f1 }) => f1)), seen.length);
}

/**
 * Matthews correlation for any number of classes (Gorodkin 2004, R_K), in [−1, 1]; 0 where labels or predictions are all of
 * one class.
 */
export function matthews(matrix: ConfusionMatrix): number {
  const reports = classReports(matrix);
  const total = sum(matrix.flat());
  const right = sum(matrix.map((row, index) => row[index]!));
  const covariance = (of: (index: number) => number) => total * total - sum(reports.map((_, index) => of(index)));
  const truth = covariance((index) => reports[index]!.support ** 2);
  const guess = covariance((index) => reports[index]!.predicted ** 2);
  const both = right * total - sum(reports.map(({ support, predicted }) => support * predicted));
  return truth * guess === 0 ? 0 : both / Math.sqrt(truth * guess);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

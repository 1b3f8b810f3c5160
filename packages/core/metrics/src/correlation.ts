import { checkLengths } from './confusion.js';

/** Pearson's correlation, in [−1, 1]; NaN where a list is constant. @throws TypeError for lists of different length */
export function pearson(predictions: readonly number[], labels: readonly number[]): number {
  checkLengths(predictions, labels);
  if (constant(predictions) || constant(labels)) return NaN;
  const [a, b] = [centred(predictions), centred(labels)];
  const r = dot(a, b) / Math.sqrt(dot(a, a)) / Math.sqrt(dot(b, b));
  return Math.max(-1, Math.min(1, r));
}

/** Spearman's rank correlation; equal values share the mean of their ranks. NaN where a list is constant. */
export function spearman(predictions: readonly number[], labels: readonly number[]): number {
  return pearson(ranks(predictions), ranks(labels));
}

function constant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}

function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const result = new Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) result[order[i]!] = (start + end - 1) / 2;
    start = end;
  }
  return result;
}

function centred(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

import { exampleRows, targetsOf } from '@adapterfusion/training';
import type { Task } from './task.js';

/** Answers of a method on the measured rows. */
export interface Answers {
  /** One an example, as the task kind's metrics read them. */
  readonly predictions: readonly unknown[];
  /** Parameters learned for it. */
  readonly trained: number;
}

/** The trivial answer of the task kind, and its name. */
export function trivialAnswers({ data, train, measured }: Task): Answers & { readonly name: string } {
  const { name, ...baseline } = data.kind.baseline(targetsOf(train));
  const predictions = exampleRows(measured.rows).map(({ example }) => baseline.predict(example ?? {}) as unknown);
  return { name, predictions, trained: 0 };
}

/**
 * Log-loss of class frequencies, each row's by the other rows, with one row more in every class.
 * @param classWeights weight of each class's rows. Default 1
 */
export function majorityLogLoss(
  labels: readonly number[],
  classes: number,
  classWeights: readonly number[] = new Array<number>(classes).fill(1),
): number {
  const counts = new Array<number>(classes).fill(1);
  for (const label of labels) counts[label]!++;
  const total = labels.length - 1 + classes;
  const loss = (label: number): number => -Math.log((counts[label]! - 1) / total);
  const weight = labels.reduce((sum, label) => sum + classWeights[label]!, 0);
  return labels.reduce((sum, label) => sum + classWeights[label]! * loss(label), 0) / weight;
}

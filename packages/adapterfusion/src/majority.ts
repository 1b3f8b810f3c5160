import { majorityClass } from '@adapterfusion/metrics';
import { labelsOf } from '@adapterfusion/training';
import type { Task } from './task.js';

/** Answers of a method on the measured rows. */
export interface Answers {
  readonly predictions: readonly number[];
  /** Parameters learned for it. */
  readonly trained: number;
}

/** The most frequent label or choice of the training rows, always; in regression their mean. */
export function majorityAnswers({ data, train, measured }: Task): Answers {
  const labels = labelsOf(train);
  const mean = (): number => labels.reduce((sum, label) => sum + label, 0) / labels.length;
  const guess = data.dataset.task.type === 'regression' ? mean() : majorityClass(labels);
  return { predictions: measured.rows.map(() => guess), trained: 0 };
}

/** Log-loss of class frequencies, each row's by the other rows, with one row more in every class. */
export function majorityLogLoss(labels: readonly number[], classes: number): number {
  const counts = new Array<number>(classes).fill(1);
  for (const label of labels) counts[label]!++;
  const total = labels.length - 1 + classes;
  return labels.reduce((sum, label) => sum - Math.log((counts[label]! - 1) / total), 0) / labels.length;
}

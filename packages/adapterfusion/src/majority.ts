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

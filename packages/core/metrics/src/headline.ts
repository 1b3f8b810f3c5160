/** A metric by which results of a classification task are compared. */
export type HeadlineMetric = 'accuracy' | 'macro-f1';

/**
 * The metric that results of a task are compared by, fixed by its training rows alone: `macro-f1` where the largest class
 * has more than 60 % of the rows or the smallest fewer than 10 %, since accuracy then hardly shows that a small class is
 * never predicted; otherwise `accuracy`.
 * @param labels class of each training row
 * @param classes how many classes there are; one without a row counts as the smallest
 * @throws TypeError for no labels
 */
export function headlineMetric(labels: readonly number[], classes: number): HeadlineMetric {
  if (labels.length === 0) throw new TypeError('no training rows to choose a metric by');
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]!++;
  const shares = counts.map((count) => count / labels.length);
  return Math.max(...shares) > 0.6 || Math.min(...shares) < 0.1 ? 'macro-f1' : 'accuracy';
}

/**
 * Whether all predictions are the same class, as those of a model that collapsed to the majority class.
 * @param predictions class of each row; of none the answer is false
 */
export function predictsOneClass(predictions: readonly number[]): boolean {
  return predictions.length > 0 && predictions.every((prediction) => prediction === predictions[0]);
}

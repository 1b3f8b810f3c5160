/** How often each class was predicted for each: `matrix[truth][prediction]`. */
export type ConfusionMatrix = readonly (readonly number[])[];

/**
 * Counts predictions.
 * @param predictions class of each row as predicted, whole numbers from 0
 * @param labels true class of each row
 * @param classes how many classes there are
 * @throws TypeError for lists of different or no length, and for classes out of range
 */
export function confusionMatrix(
  predictions: readonly number[],
  labels: readonly number[],
  classes: number,
): ConfusionMatrix {
  checkLengths(predictions, labels);
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, row) => {
    const prediction = predictions[row]!;
    const counts = matrix[label];
    if (counts?.[prediction] === undefined)
      throw new TypeError(
        `row ${row}: label ${label} and prediction ${prediction} must be whole numbers below ${classes}`,
      );
    counts[prediction]++;
  });
  return matrix;
}

/** @throws TypeError unless both lists have the same length, above 0 */
export function checkLengths(predictions: readonly number[], labels: readonly number[]): void {
  if (predictions.length !== labels.length || labels.length === 0)
    throw new TypeError(
      `predictions and labels must be equally many, at least one; not ${predictions.length} and ${labels.length}`,
    );
}

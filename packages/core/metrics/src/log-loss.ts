/**
 * Mean negative log-likelihood of the true classes (cross-entropy, in nats). Probabilities below 2⁻⁵² count as 2⁻⁵², as in
 * scikit-learn.
 * @param probabilities `[rows, classes]`, row-major
 * @param labels class of each row
 * @param classWeights weight of each class's rows. Default 1
 * @throws TypeError where sizes do not fit, and for no rows
 */
export function logLoss(
  probabilities: ArrayLike<number>,
  labels: readonly number[],
  classes: number,
  classWeights?: readonly number[],
): number {
  if (labels.length === 0 || probabilities.length !== labels.length * classes)
    throw new TypeError(
      `expected ${labels.length} × ${classes} probabilities of at least one row, got ${probabilities.length}`,
    );
  let [sum, total] = [0, 0];
  for (const [row, label] of labels.entries()) {
    const weight = classWeights?.[label] ?? 1;
    sum += weight * rowLoss(probabilities, row * classes + label);
    total += weight;
  }
  return sum / total;
}

/** The loss of one row. @param at place of the true class's probability */
export function rowLoss(probabilities: ArrayLike<number>, at: number): number {
  return -Math.log(Math.max(probabilities[at]!, Number.EPSILON));
}

/**
 * Mean negative log-likelihood of the true classes (cross-entropy, in nats). Probabilities below 2⁻⁵² count as 2⁻⁵², as in
 * scikit-learn.
 * @param probabilities `[rows, classes]`, row-major
 * @param labels class of each row
 * @throws TypeError where sizes do not fit, and for no rows
 */
export function logLoss(probabilities: ArrayLike<number>, labels: readonly number[], classes: number): number {
  if (labels.length === 0 || probabilities.length !== labels.length * classes)
    throw new TypeError(
      `expected ${labels.length} × ${classes} probabilities of at least one row, got ${probabilities.length}`,
    );
  return labels.reduce((sum, label, row) => sum + rowLoss(probabilities, row * classes + label), 0) / labels.length;
}

/** The loss of one row. @param at place of the true class's probability */
export function rowLoss(probabilities: ArrayLike<number>, at: number): number {
  return -Math.log(Math.max(probabilities[at]!, Number.EPSILON));
}

import type { LossWeights, Tensor } from '@adapterfusion/contracts';
import { raw } from './define-op.js';
import { tf } from './tfjs.js';

/**
 * Cross-entropy, the weighted mean over rows: `−Σ w log softmax(logits)_y / Σ w`.
 * @param logits `[rows, classes]`
 * @param labels one a row; a row of −1 has no loss
 * @param weights `class`: one a class; `row`: one a row; a row's weight is their product. Default 1
 * @returns a scalar, the caller's; 0 where no row has a loss
 * @throws TypeError for a label that is not a class
 */
export function crossEntropy(
  logits: Tensor,
  labels: ArrayLike<number>,
  { class: classWeights, row: rowWeights }: LossWeights = {},
): Tensor {
  const classes = logits.shape[1]!;
  const all = Array.from(labels);
  const wrong = all.find((label) => !Number.isInteger(label) || label < -1 || label >= classes);
  if (wrong !== undefined) throw new TypeError(`A label of ${wrong}, but there are ${classes} classes`);
  const weights = all.map((label, row) => (label < 0 ? 0 : (classWeights?.[label] ?? 1) * (rowWeights?.[row] ?? 1)));
  const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  const target = new Float32Array(all.length * classes);
  all.forEach((label, row) => {
    if (label >= 0) target[row * classes + label] = -weights[row]! / total;
  });
  return tf.tidy(() => tf.sum(tf.mul(tf.logSoftmax(raw(logits)), tf.tensor2d(target, [all.length, classes]))));
}

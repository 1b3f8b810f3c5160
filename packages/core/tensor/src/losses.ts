import type { Tensor } from '@adapterfusion/contracts';
import { raw } from './define-op.js';
import { tf } from './tfjs.js';

/**
 * Cross-entropy, the mean over rows: `−Σ w_y log softmax(logits)_y / Σ w_y`.
 * @param logits `[rows, classes]`
 * @param labels one a row
 * @param weights one a class; all 1 by default
 * @returns a scalar, the caller's
 * @throws TypeError for a label that is not a class
 */
export function crossEntropy(logits: Tensor, labels: readonly number[], weights?: readonly number[]): Tensor {
  const classes = logits.shape[1]!;
  const wrong = labels.find((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (wrong !== undefined) throw new TypeError(`A label of ${wrong}, but there are ${classes} classes`);
  const target = new Float32Array(labels.length * classes);
  const total = labels.reduce((sum, label) => sum + (weights?.[label] ?? 1), 0);
  labels.forEach((label, row) => (target[row * classes + label] = -(weights?.[label] ?? 1) / total));
  return tf.tidy(() => tf.sum(tf.mul(tf.logSoftmax(raw(logits)), tf.tensor2d(target, [labels.length, classes]))));
}

import type { Tensor } from '@adapterfusion/contracts';
import { raw } from './define-op.js';
import { tf } from './tfjs.js';

/** A number as a scalar tensor, which the surrounding scope frees. @internal */
export const operand = (x: Tensor | number): tf.Tensor => (typeof x === 'number' ? tf.scalar(x) : raw(x));

/**
 * A boolean or integer tensor as float32. A cast alone keeps the integers underneath: cpu reads them as a Uint8Array, and webgpu cannot
 * transpose them. @internal
 */
export const asFloat = (x: tf.Tensor): tf.Tensor => tf.mul(tf.cast(x, 'float32'), 1);

/** Sums the gradient of a broadcast result to the shape of one operand. @internal */
export function sumToShape(dy: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes([...shape], dy.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(dy, axes) : dy, [...shape]);
}

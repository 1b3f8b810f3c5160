import type { Tensor } from '@adapterfusion/contracts';
import { raw } from './define-op.js';
import { tf } from './tfjs.js';

/* Operations on shapes. Every result is the caller's. */

/** The same values in another shape. */
export const reshape = (x: Tensor, shape: readonly number[]): Tensor => tf.reshape(raw(x), [...shape]);
/** `size` entries of one axis from `start` on. */
export function slice(x: Tensor, axis: number, start: number, size: number): Tensor {
  const begin = x.shape.map((_, index) => (index === axis ? start : 0));
  return tf.slice(
    raw(x),
    begin,
    x.shape.map((width, index) => (index === axis ? size : width)),
  );
}
/** Tensors one after another along an axis. */
export const concat = (parts: readonly Tensor[], axis: number): Tensor =>
  parts.length === 1 ? tf.clone(raw(parts[0]!)) : tf.concat(parts.map(raw), axis);
/** Axes in another order; reversed by default. */
export const transpose = (x: Tensor, order?: readonly number[]): Tensor => tf.transpose(raw(x), order && [...order]);
/** Copies of a tensor along each axis. */
export const tile = (x: Tensor, times: readonly number[]): Tensor => tf.tile(raw(x), [...times]);
/** A tensor of the same values with an identity of its own. */
export const clone = (x: Tensor): Tensor => tf.clone(raw(x));

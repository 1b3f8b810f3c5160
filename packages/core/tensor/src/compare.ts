import type { Tensor } from '@adapterfusion/contracts';
import { asFloat, operand } from './broadcast.js';
import { raw } from './define-op.js';
import { tf } from './tfjs.js';

/*
 * Comparisons. Each returns a float32 mask of the broadcast shape, 1 where the comparison holds and 0 elsewhere, so that a
 * mask can be multiplied, summed and passed to `where`. A comparison has no gradient: none flows to its operands. The mask
 * is the caller's.
 */

const mask = (compared: () => tf.Tensor): Tensor => tf.tidy(() => asFloat(compared()));

/** 1 where `a = b`, else 0: a float32 mask of the broadcast shape without a gradient, the caller's. */
export const equal = (a: Tensor, b: Tensor | number): Tensor => mask(() => tf.equal(raw(a), operand(b)));
/** 1 where `a > b`, else 0: a float32 mask of the broadcast shape without a gradient, the caller's. */
export const greater = (a: Tensor, b: Tensor | number): Tensor => mask(() => tf.greater(raw(a), operand(b)));
/** 1 where `a ≥ b`, else 0: a float32 mask of the broadcast shape without a gradient, the caller's. */
export const greaterEqual = (a: Tensor, b: Tensor | number): Tensor => mask(() => tf.greaterEqual(raw(a), operand(b)));
/** 1 where `a < b`, else 0: a float32 mask of the broadcast shape without a gradient, the caller's. */
export const less = (a: Tensor, b: Tensor | number): Tensor => mask(() => tf.less(raw(a), operand(b)));
/** 1 where `a ≤ b`, else 0: a float32 mask of the broadcast shape without a gradient, the caller's. */
export const lessEqual = (a: Tensor, b: Tensor | number): Tensor => mask(() => tf.lessEqual(raw(a), operand(b)));

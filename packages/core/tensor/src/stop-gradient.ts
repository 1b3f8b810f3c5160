import type { Tensor } from '@adapterfusion/contracts';
import { constant } from './create.js';
import { raw } from './define-op.js';
import { tf } from './tfjs.js';

/**
 * The same values as a constant: no gradient flows through the result, and the operations that made `x` are not
 * differentiated for its sake.
 * @returns a tensor that shares the values of `x`, the caller's
 */
export const stopGradient = (x: Tensor): Tensor => constant(tf.clone(raw(x)));

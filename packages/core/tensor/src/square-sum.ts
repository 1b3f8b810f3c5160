import type { Tensor } from '@adapterfusion/contracts';
import { defineOp, raw } from './define-op.js';
import { tf } from './tfjs.js';

/** What the kernels `AfSquareSum` and `AfSquareSumGradient` are given. */
export interface SquareSumAttributes {
  readonly diagonal: number;
}

function apart(x: tf.Tensor, diagonal: number): tf.Tensor {
  return diagonal === 0 ? x : tf.sub(x, tf.mul(tf.eye(x.shape[0]), diagonal));
}

const backward = defineOp<SquareSumAttributes>({
  name: 'AfSquareSumGradient',
  forward: ({ dy, x }, { diagonal }) => [tf.mul(apart(x!, diagonal), tf.mul(dy!, 2))],
});

const op = defineOp<SquareSumAttributes>({
  name: 'AfSquareSum',
  saveInputs: ['x'],
  forward: ({ x }, { diagonal }) => [tf.sum(tf.square(apart(x!, diagonal)))],
  gradient: ([dy], [x], attributes) => ({ x: () => backward({ dy: dy!, x: x! }, attributes)[0]! }),
});

/**
 * The sum of the squares of all elements: `Σ x²`, or `Σ (x − diagonal · I)²` of a square matrix.
 * @returns a scalar, the caller's
 */
export function squareSum(x: Tensor, diagonal = 0): Tensor {
  return op({ x: raw(x) }, { diagonal })[0]!;
}

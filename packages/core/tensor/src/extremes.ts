import type { Tensor } from '@adapterfusion/contracts';
import { asFloat, operand, sumToShape } from './broadcast.js';
import { defineOp, raw } from './define-op.js';
import { tf } from './tfjs.js';

interface ReduceAttributes {
  readonly axes: readonly number[];
  readonly largest: boolean;
}

/** Keeps the reduced axes with size 1. */
const reduce = defineOp<ReduceAttributes>({
  name: 'AfExtreme',
  saveInputs: ['x'],
  saveOutputs: [true],
  forward: ({ x }, { axes, largest }) => [(largest ? tf.max : tf.min)(x!, [...axes], true)],
  gradient: ([dy], [x, y], { axes }) => ({
    x: () => {
      const reached = asFloat(tf.equal(x!, y!));
      return tf.mul(reached, tf.div(dy!, tf.sum(reached, [...axes], true)));
    },
  }),
});

function extreme(largest: boolean, x: Tensor, axis: number | number[] | undefined, keepDims: boolean): Tensor {
  const axes = tf.util.parseAxisParam(axis ?? x.shape.map((_, index) => index), [...x.shape]);
  return tf.tidy(() => {
    const [kept] = reduce({ x: raw(x) }, { axes, largest });
    return keepDims
      ? kept!
      : tf.reshape(
          kept!,
          x.shape.filter((_, index) => !axes.includes(index)),
        );
  });
}

/**
 * Largest value over axes, or over everything to a scalar. Where several values are the largest, each gets an equal share of
 * the gradient.
 * @param keepDims keeps the reduced axes with size 1
 * @returns a tensor without the reduced axes, the caller's
 */
export const max = (x: Tensor, axis?: number | number[], keepDims = false): Tensor => extreme(true, x, axis, keepDims);

/**
 * Smallest value over axes, or over everything to a scalar. Where several values are the smallest, each gets an equal share
 * of the gradient.
 * @param keepDims keeps the reduced axes with size 1
 * @returns a tensor without the reduced axes, the caller's
 */
export const min = (x: Tensor, axis?: number | number[], keepDims = false): Tensor => extreme(false, x, axis, keepDims);

const choose = defineOp<{ readonly largest: boolean }>({
  name: 'AfExtremeOfTwo',
  saveInputs: ['a', 'b'],
  forward: ({ a, b }, { largest }) => [(largest ? tf.maximum : tf.minimum)(a!, b!)],
  gradient: ([dy], [a, b], { largest }) => {
    const first = (): tf.Tensor => (largest ? tf.greaterEqual : tf.lessEqual)(a!, b!);
    return {
      a: () => sumToShape(tf.mul(dy!, asFloat(first())), a!.shape),
      b: () => sumToShape(tf.mul(dy!, asFloat(tf.logicalNot(first()))), b!.shape),
    };
  },
});

/**
 * The larger of two values, elementwise; shapes broadcast. The gradient flows to the operand that was chosen, where both are
 * equal to `a`.
 * @returns a tensor of the broadcast shape, the caller's
 */
export const maximum = (a: Tensor, b: Tensor | number): Tensor =>
  tf.tidy(() => choose({ a: raw(a), b: operand(b) }, { largest: true })[0]!);

/**
 * The smaller of two values, elementwise; shapes broadcast. The gradient flows to the operand that was chosen, where both are
 * equal to `a`.
 * @returns a tensor of the broadcast shape, the caller's
 */
export const minimum = (a: Tensor, b: Tensor | number): Tensor =>
  tf.tidy(() => choose({ a: raw(a), b: operand(b) }, { largest: false })[0]!);

import type { Tensor } from '@adapterfusion/contracts';
import { defineOp, raw } from './define-op.js';
import { tf } from './tfjs.js';

/* Elementwise and reducing operations. Shapes broadcast as usual; every result is the caller's. */

const value = (x: Tensor | number): tf.Tensor | number => (typeof x === 'number' ? x : raw(x));

/** A sum of two of one shape; TensorFlow.js's own keeps both for the gradient, which needs neither. @internal */
export const plus = defineOp<object>({
  name: 'AfAdd',
  forward: ({ a, b }) => [tf.add(a!, b!)],
  gradient: ([dy]) => ({ a: () => dy!, b: () => dy! }),
});

/** `a + b` */
export const add = (a: Tensor, b: Tensor | number): Tensor =>
  typeof b !== 'number' && tf.util.arraysEqual([...a.shape], [...b.shape])
    ? plus({ a: raw(a), b: raw(b) }, {})[0]!
    : tf.add(raw(a), value(b));
/** `a − b` */
export const sub = (a: Tensor, b: Tensor | number): Tensor => tf.sub(raw(a), value(b));
/** `a · b`, elementwise */
export const mul = (a: Tensor, b: Tensor | number): Tensor => tf.mul(raw(a), value(b));
/** `a / b`, elementwise */
export const div = (a: Tensor, b: Tensor | number): Tensor => tf.div(raw(a), value(b));
/** `x²` */
export const square = (x: Tensor): Tensor => tf.square(raw(x));
/** `√x` */
export const sqrt = (x: Tensor): Tensor => tf.sqrt(raw(x));
/** `eˣ`, elementwise */
export const exp = (x: Tensor): Tensor => tf.exp(raw(x));
/** The natural logarithm, elementwise; −∞ for 0 and NaN below */
export const log = (x: Tensor): Tensor => tf.log(raw(x));
/** Sum over axes, or over everything to a scalar. */
export const sum = (x: Tensor, axis?: number | number[], keepDims = false): Tensor => tf.sum(raw(x), axis, keepDims);
/** Mean over axes, or over everything to a scalar. */
export const mean = (x: Tensor, axis?: number | number[], keepDims = false): Tensor => tf.mean(raw(x), axis, keepDims);
/** `log(softmax(x))` over the last axis. */
export const logSoftmax = (x: Tensor): Tensor => tf.logSoftmax(raw(x));

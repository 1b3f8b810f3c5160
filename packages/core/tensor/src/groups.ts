import type { Tensor } from '@adapterfusion/contracts';
import { defineOp, raw } from './define-op.js';
import { product } from './linear.js';
import { tf } from './tfjs.js';

/** What the kernel `AfGroupDots` is given: the group of each column, and how many groups there are. */
export interface DotsAttributes {
  readonly owners: readonly number[];
  readonly groups: number;
}

/** What the kernel `AfGroupScale` is given: the group of each column, and how many columns it makes. */
export interface ScaleAttributes {
  readonly owners: readonly number[];
  readonly width: number;
}

/** Stretches of columns of one group, as `begin, end, group`. */
export function spansOf(owners: readonly number[]): Int32Array {
  const spans: number[] = [];
  owners.forEach((owner, column) => {
    if (column > 0 && owner === owners[column - 1]) spans[spans.length - 2] = column + 1;
    else spans.push(column, column + 1, owner);
  });
  return Int32Array.from(spans);
}

/** `[groups, columns]`, 1 where a column belongs to a group. */
function membersOf(owners: readonly number[], groups: number): tf.Tensor {
  const values = new Float32Array(groups * owners.length);
  owners.forEach((group, column) => (values[group * owners.length + column] = 1));
  return tf.tensor2d(values, [groups, owners.length]);
}

/** Cut to `width` columns, or filled up with ones. */
function fit(x: tf.Tensor, width: number): tf.Tensor {
  const axis = x.rank - 1;
  const own = x.shape[axis]!;
  const lead = x.shape.slice(0, -1);
  if (own > width) return tf.slice(x, new Array<number>(x.rank).fill(0), [...lead, width]);
  return own === width ? x : tf.concat([x, tf.ones([...lead, width - own])], axis);
}

const dots = defineOp<DotsAttributes>({
  name: 'AfGroupDots',
  saveInputs: ['a', 'b'],
  forward: ({ a, b }, { owners, groups }) => {
    const both = tf.mul(fit(a!, owners.length), fit(b!, owners.length));
    return [product(both, membersOf(owners, groups), false, true)];
  },
  gradient: ([dy], [a, b], { owners }) => ({
    a: () => scale({ x: b!, weights: dy! }, { owners, width: a!.shape[a!.rank - 1]! })[0]!,
    b: () => scale({ x: a!, weights: dy! }, { owners, width: b!.shape[b!.rank - 1]! })[0]!,
  }),
});

const scale: ReturnType<typeof defineOp<ScaleAttributes>> = defineOp<ScaleAttributes>({
  name: 'AfGroupScale',
  saveInputs: ['x', 'weights'],
  forward: ({ x, weights }, { owners, width }) => {
    const spread = product(weights!, membersOf(owners, weights!.shape[weights!.rank - 1]!));
    return [tf.mul(fit(x!, width), fit(spread, width))];
  },
  gradient: ([dy], [x, weights], { owners }) => ({
    x: () => scale({ x: dy!, weights: weights! }, { owners, width: x!.shape[x!.rank - 1]! })[0]!,
    weights: () => dots({ a: x!, b: dy! }, { owners, groups: weights!.shape[weights!.rank - 1]! })[0]!,
  }),
});

/**
 * The inner products of two rows, group by group of their columns: `y_g = Σ a_c b_c` over the columns c that belong to g.
 * @param a `[..., up to columns]`; what it lacks counts as 1
 * @param b `[..., up to columns]`, likewise
 * @param owners the group of each column
 * @returns `[..., groups]`, the caller's
 */
export function groupDots(a: Tensor, b: Tensor, owners: readonly number[], groups: number): Tensor {
  return dots({ a: raw(a), b: raw(b) }, { owners, groups })[0]!;
}

/**
 * Every column times the weight of its group: `y_c = x_c w_g`.
 * @param x `[..., up to columns]`; what it lacks counts as 1
 * @param weights `[..., groups]`
 * @param owners the group of each column
 * @returns `[..., columns]`, the caller's
 */
export function groupScale(x: Tensor, weights: Tensor, owners: readonly number[]): Tensor {
  return scale({ x: raw(x), weights: raw(weights) }, { owners, width: owners.length })[0]!;
}

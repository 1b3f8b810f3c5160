import type { Tensor } from '@adapterfusion/contracts';
import { isFrozen } from './create.js';
import { defineOp, raw } from './define-op.js';
import { tf } from './tfjs.js';

/** A matrix transposed: a copy. */
const turn = defineOp<object>({ name: 'AfTranspose', forward: ({ x }) => [tf.transpose(x!)] });
/** A sum with a row, which may take the place of `fresh`: nobody else holds it. */
const addBias = defineOp<object>({ name: 'AfAddBias', forward: ({ fresh, bias }) => [tf.add(fresh!, bias!)] });

/** Rows of any shape, the last axis as width. */
const flat = (x: tf.Tensor): tf.Tensor => (x.rank === 2 ? x : tf.reshape(x, [-1, x.shape[x.rank - 1]!]));

/** Which operand of a {@link product} counts as transposed. */
export interface ProductAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/**
 * A product of two matrices, stacks of rows taken as one matrix; rows keep the leading axes of `a` unless it is transposed.
 * Backends that multiply only untransposed matrices fast get explicit transposes; the fused product with a bias is never
 * used, as it computes wrong values on wasm.
 */
const multiply = defineOp<ProductAttributes>({
  name: 'AfMatMul',
  forward: ({ a, b }, { transposeA, transposeB }) => {
    const [left, right] = [flat(a!), flat(b!)];
    const turned = tf.getBackend() === 'wasm';
    const out = turned
      ? tf.matMul(transposeA ? turn({ x: left }, {})[0]! : left, transposeB ? turn({ x: right }, {})[0]! : right)
      : tf.matMul(left, right, transposeA, transposeB);
    return [transposeA ? out : tf.reshape(out, [...a!.shape.slice(0, -1), out.shape[1]!])];
  },
});

/** `a · b`, either of them transposed. @internal */
export const product = (a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor =>
  multiply({ a, b }, { transposeA, transposeB })[0]!;

/** The sum over all rows: `[..., width] → [width]`. @internal */
export const columnSum = defineOp<object>({ name: 'AfColumnSum', forward: ({ x }) => [tf.sum(flat(x!), 0)] });

/** What the kernels `AfLinear` and `AfLinearFrozen` are given. */
export interface LinearAttributes {
  readonly transposed: boolean;
}

function forward({ x, weight, bias }: Record<string, tf.Tensor>, { transposed }: LinearAttributes): tf.Tensor[] {
  const y = product(x!, weight!, false, !transposed);
  return [bias ? addBias({ fresh: y, bias }, {})[0]! : y];
}

const inputGradient = (dy: tf.Tensor, weight: tf.Tensor, transposed: boolean): tf.Tensor =>
  product(dy, weight, false, transposed);

const trained = defineOp<LinearAttributes>({
  name: 'AfLinear',
  saveInputs: ['x', 'weight'],
  forward,
  gradient: ([dy], [x, weight], { transposed }) => ({
    x: () => inputGradient(dy!, weight!, transposed),
    weight: () => (transposed ? product(x!, dy!, true) : product(dy!, x!, true)),
    bias: () => columnSum({ x: dy! }, {})[0]!,
  }),
});

const frozen = defineOp<LinearAttributes>({
  name: 'AfLinearFrozen',
  saveInputs: ['weight'],
  forward,
  gradient: ([dy], [weight], { transposed }) => ({
    x: () => inputGradient(dy!, weight!, transposed),
    bias: () => columnSum({ x: dy! }, {})[0]!,
  }),
});

/**
 * `x · weightᵀ + bias`, or `x · weight` when `transposed`.
 * @param x `[..., in]`
 * @param weight `[out, in]`, or `[in, out]` when `transposed`
 * @param bias `[out]`
 * @returns `[..., out]`, the caller's
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor, options: { transposed?: boolean } = {}): Tensor {
  const inputs = { x: raw(x), weight: raw(weight), ...(bias ? { bias: raw(bias) } : {}) };
  return (isFrozen(weight) ? frozen : trained)(inputs, { transposed: options.transposed ?? false })[0]!;
}

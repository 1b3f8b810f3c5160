import type { Tensor } from '@adapterfusion/contracts';
import { isFrozen } from './create.js';
import { defineOp, raw } from './define-op.js';
import { tf } from './tfjs.js';

/** A matrix transposed: a copy. */
const turn = defineOp<object>({ name: 'AfTranspose', forward: ({ x }) => [tf.transpose(x!)] });
/** A sum with a row, which may take the place of `fresh`: nobody else holds it. */
const addBias = defineOp<object>({ name: 'AfAddBias', forward: ({ fresh, bias }) => [tf.add(fresh!, bias!)] });

/**
 * A product of two matrices. Backends that multiply only untransposed matrices fast get explicit transposes; the fused
 * product with a bias is never used, as it computes wrong values on wasm.
 */
function product(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
  if (tf.getBackend() !== 'wasm') return tf.matMul(a, b, transposeA, transposeB);
  return tf.tidy(() => tf.matMul(transposeA ? turn({ x: a }, {})[0]! : a, transposeB ? turn({ x: b }, {})[0]! : b));
}

const flat = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [-1, x.shape[x.shape.length - 1]!]);
type Attributes = { transposed: boolean };

function forward({ x, weight, bias }: Record<string, tf.Tensor>, { transposed }: Attributes): tf.Tensor[] {
  const y = product(flat(x!), weight!, false, !transposed);
  const out = bias ? addBias({ fresh: y, bias }, {})[0]! : y;
  return [tf.reshape(out, [...x!.shape.slice(0, -1), weight!.shape[transposed ? 1 : 0]!])];
}

const inputGradient = (dy: tf.Tensor, weight: tf.Tensor, transposed: boolean): tf.Tensor =>
  tf.reshape(product(flat(dy), weight, false, transposed), [
    ...dy.shape.slice(0, -1),
    weight.shape[transposed ? 0 : 1]!,
  ]);

const trained = defineOp<Attributes>({
  name: 'AfLinear',
  saveInputs: ['x', 'weight'],
  forward,
  gradient: ([dy], [x, weight], { transposed }) => ({
    x: () => inputGradient(dy!, weight!, transposed),
    weight: () => (transposed ? product(flat(x!), flat(dy!), true, false) : product(flat(dy!), flat(x!), true, false)),
    bias: () => tf.sum(flat(dy!), 0),
  }),
});

const frozen = defineOp<Attributes>({
  name: 'AfLinearFrozen',
  saveInputs: ['weight'],
  forward,
  gradient: ([dy], [weight], { transposed }) => ({
    x: () => inputGradient(dy!, weight!, transposed),
    bias: () => tf.sum(flat(dy!), 0),
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

import type { Tensor } from '@adapterfusion/contracts';
import { sumToShape } from './broadcast.js';
import { defineOp, raw } from './define-op.js';
import { product } from './linear.js';
import { tf } from './tfjs.js';

/** Which operands count as transposed in their last two axes. */
export interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** The leading axes of both operands must be equal in size: not every kernel broadcasts them. */
function multiply(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor {
  if (a.rank === 2 && b.rank === 2) return product(a, b, transposeA, transposeB);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const wide = (x: tf.Tensor): tf.Tensor => tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
  return tf.matMul(wide(a), wide(b), transposeA, transposeB);
}

/** The gradient of TensorFlow.js does not sum over axes that were broadcast. */
const op = defineOp<Required<MatMulOptions>>({
  name: 'AfBatchMatMul',
  saveInputs: ['a', 'b'],
  forward: ({ a, b }, { transposeA, transposeB }) => [multiply(a!, b!, transposeA, transposeB)],
  gradient: ([dy], [a, b], { transposeA, transposeB }) => ({
    a: () =>
      sumToShape(transposeA ? multiply(b!, dy!, transposeB, true) : multiply(dy!, b!, false, !transposeB), a!.shape),
    b: () =>
      sumToShape(transposeB ? multiply(dy!, a!, true, transposeA) : multiply(a!, dy!, !transposeA, false), b!.shape),
  }),
});

/**
 * Matrix product over the last two axes, `a · b`; the axes before them broadcast. Gradients flow to both operands. On wasm
 * only products of two matrices are fast; for a weight matrix use {@link linear}, which is fast everywhere and stores less
 * for a frozen weight.
 * @param a `[..., rows, inner]`, or `[..., inner, rows]` with `transposeA`
 * @param b `[..., inner, columns]`, or `[..., columns, inner]` with `transposeB`
 * @returns `[..., rows, columns]`, the caller's
 * @throws TypeError for an operand with fewer than two axes, and where the inner sizes differ
 */
export function matMul(a: Tensor, b: Tensor, options: MatMulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false } = options;
  const inner = [a.shape.at(transposeA ? -2 : -1), b.shape.at(transposeB ? -1 : -2)];
  if (a.shape.length < 2 || b.shape.length < 2 || inner[0] !== inner[1]) {
    const found = `[${a.shape.join(', ')}]${transposeA ? ' transposed' : ''} and [${b.shape.join(', ')}]${transposeB ? ' transposed' : ''}`;
    throw new TypeError(
      `matMul: expected matrices, or batches of them, with equal inner sizes; got ${found}. Reshape or transpose one of them.`,
    );
  }
  return op({ a: raw(a), b: raw(b) }, { transposeA, transposeB })[0]!;
}

import type { Tensor } from '@adapterfusion/contracts';
import { asFloat } from './broadcast.js';
import { defineOp, raw } from './define-op.js';
import { tf } from './tfjs.js';

const op = defineOp<{ readonly k: number; readonly width: number }>({
  name: 'AfTopK',
  saveOutputs: [false, true],
  forward: ({ x }, { k }) => {
    const { values, indices } = tf.topk(x!, k, true);
    return [values, indices];
  },
  // One-hot rows, since `UnsortedSegmentSum` is missing on wasm.
  gradient: ([dy], [indices], { width }) => ({
    x: () => tf.sum(tf.mul(asFloat(tf.oneHot(tf.cast(indices!, 'int32'), width)), tf.expandDims(dy!, -1)), -2),
  }),
});

/**
 * The `k` largest values along the last axis, the largest first. The gradient of a value flows to its place in `x`; indices
 * have none. The backward pass allocates `[..., k, width]`.
 * @param x `[..., width]`
 * @param k from 1 to `width`
 * @returns `values [..., k]` and int32 `indices [..., k]` along the last axis, both the caller's. The order of the indices of
 *   equal values may differ between backends
 * @throws TypeError for a scalar and for a `k` outside of its range
 */
export function topK(x: Tensor, k: number): { values: Tensor; indices: Tensor } {
  const width = x.shape.at(-1) ?? 0;
  if (!Number.isInteger(k) || k < 1 || k > width)
    throw new TypeError(
      `topK: expected k from 1 to the size of the last axis; got ${k} for [${x.shape.join(', ')}]. Pass a smaller k.`,
    );
  const [values, indices] = op({ x: raw(x) }, { k, width });
  return { values: values!, indices: indices! };
}

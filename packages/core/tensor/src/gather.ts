import type { Tensor } from '@adapterfusion/contracts';
import { defineOp, raw } from './define-op.js';
import { tf } from './tfjs.js';

/** wasm has no `UnsortedSegmentSum`, the gradient of a look-up; this one adds rows in order. */
function scatterRows(dy: tf.Tensor, indices: tf.Tensor, rows: number): tf.Tensor {
  const width = dy.shape[dy.shape.length - 1]!;
  const flat = tf.reshape<tf.Rank.R2>(dy, [-1, width]);
  const at = tf.reshape<tf.Rank.R1>(indices, [-1]);
  if (tf.getBackend() !== 'wasm') return tf.unsortedSegmentSum(flat, at, rows);
  const sums = new Float32Array(rows * width);
  const values = flat.dataSync();
  at.dataSync().forEach((row, index) => {
    for (let column = 0; column < width; column++) sums[row * width + column]! += values[index * width + column]!;
  });
  return tf.tensor(sums, [rows, width]);
}

const op = defineOp<{ rows: number }>({
  name: 'AfGatherRows',
  saveInputs: ['indices'],
  forward: ({ table, indices }) => [tf.gather(table!, indices!)],
  gradient: ([dy], [indices], { rows }) => ({ table: () => scatterRows(dy!, indices!, rows) }),
});

/**
 * Rows of a table by index.
 * @param table `[rows, ...]`; a gradient flows to it when it is `[rows, width]`
 * @param indices int32 `[...]`
 * @returns `[...indices, ...]`, the caller's
 */
export function gatherRows(table: Tensor, indices: Tensor): Tensor {
  return op({ table: raw(table), indices: raw(indices) }, { rows: table.shape[0]! })[0]!;
}

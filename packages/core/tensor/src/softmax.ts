import type { Tensor } from '@adapterfusion/contracts';
import { defineOp, raw } from './define-op.js';
import { tf } from './tfjs.js';

const op = defineOp<object>({
  name: 'AfSoftmax',
  saveOutputs: [true],
  forward: ({ x }) => [tf.softmax(x!)],
  gradient: ([dy], [y]) => ({
    x: () =>
      tf.tidy(() => {
        const centre = (values: tf.Tensor): tf.Tensor => tf.sub(values, tf.sum(tf.mul(values, y!), -1, true));
        return tf.mul(y!, centre(centre(dy!)));
      }),
  }),
});

/**
 * Softmax over the last axis. Its gradient `y · (dy − Σ y dy)` is centred twice: where one weight is near 1, its own
 * `dy − Σ y dy` cancels, and what the first pass rounds away is a hundred times the precision of the rest; the second pass
 * has only small numbers left to round.
 */
export function softmax(x: Tensor): Tensor {
  return op({ x: raw(x) }, {})[0]!;
}

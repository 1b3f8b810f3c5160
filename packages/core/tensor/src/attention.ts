import type { Tensor, TrainMode } from '@adapterfusion/contracts';
import { defineOp, raw } from './define-op.js';
import { dropoutMask } from './dropout.js';
import { tf } from './tfjs.js';

type Attributes = { heads: number };

const split = (x: tf.Tensor, heads: number): tf.Tensor => {
  const [batch, time, width] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [batch, time, heads, width / heads]), [0, 2, 1, 3]);
};
const merge = (x: tf.Tensor): tf.Tensor => {
  const [batch, heads, time, depth] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, time, heads * depth]);
};

/** Divided by the root of a head's width. */
const scaled = (x: tf.Tensor, heads: number): tf.Tensor => tf.mul(x, 1 / Math.sqrt(x.shape[2]! / heads));

/** Large enough that a padded position's probability is exactly 0, small enough to stay finite in float32. */
const FAR = -1e30;

const backward = defineOp<Attributes>({
  name: 'AfAttentionGradient',
  forward: ({ dy, q, k, v, drop, y, weights }, { heads }) => {
    const dropped = drop!.rank > 0;
    const out = split(dy!, heads);
    const used = dropped ? tf.mul(weights!, drop!) : weights!;
    const dUsed = tf.matMul(out, split(v!, heads), false, true);
    const dWeights = dropped ? tf.mul(dUsed, drop!) : dUsed;
    // Σ_j weights_ij dWeights_ij over a row is dy_i · y_i, a sum over the head's width instead of over all positions.
    const mean = tf.sum(tf.mul(out, split(y!, heads)), -1, true);
    const dScores = tf.mul(weights!, tf.sub(dWeights, mean));
    return [
      scaled(merge(tf.matMul(dScores, split(k!, heads))), heads),
      merge(tf.matMul(dScores, split(scaled(q!, heads), heads), true, false)),
      merge(tf.matMul(used, out, true, false)),
    ];
  },
});

const op = defineOp<Attributes>({
  name: 'AfAttention',
  saveInputs: ['q', 'k', 'v', 'drop'],
  saveOutputs: [true, true],
  forward: ({ q, k, v, mask, drop }, { heads }) => {
    const [batch, time] = q!.shape as [number, number, number];
    const scores = tf.matMul(split(scaled(q!, heads), heads), split(k!, heads), false, true);
    const bias = tf.reshape(tf.mul(tf.sub(1, mask!), FAR), [batch, 1, 1, time]);
    const weights = tf.softmax(tf.add(scores, bias));
    return [merge(tf.matMul(drop!.rank > 0 ? tf.mul(weights, drop!) : weights, split(v!, heads))), weights];
  },
  gradient: ([dy], [q, k, v, drop, y, weights], { heads }) => {
    const inputs = { dy: dy!, q: q!, k: k!, v: v!, drop: drop!, y: y!, weights: weights! };
    const [dq, dk, dv] = backward(inputs, { heads });
    return { q: () => dq!, k: () => dk!, v: () => dv! };
  },
});

/**
 * Scaled dot-product attention over several heads, softmax over the positions that the mask allows.
 * @param q `[batch, time, width]`, likewise `k` and `v`; width is divided among the heads
 * @param mask `[batch, time]`, 1 for a token and 0 for padding
 * @param drop dropout on the attention weights while training
 * @returns `[batch, time, width]`, the caller's
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor,
  heads: number,
  drop: { probability: number; train?: TrainMode | undefined; path: string },
): Tensor {
  return tf.tidy(() => {
    const [batch, time] = q.shape as [number, number];
    const active = drop.train && drop.probability > 0;
    const dropTensor = active
      ? dropoutMask([batch, heads, time, time], drop.probability, drop.train!, drop.path)
      : tf.scalar(1);
    const inputs = { q: raw(q), k: raw(k), v: raw(v), mask: raw(mask), drop: raw(dropTensor) };
    return op(inputs, { heads })[0]!;
  });
}

import type { Tensor, TrainMode } from '@adapterfusion/contracts';
import { defineOp, raw } from './define-op.js';
import { dropAttributes, maskOf, type DropAttributes } from './dropout.js';
import { tf } from './tfjs.js';

/** What the kernels `AfAttention` and `AfAttentionGradient` are given; nothing is dropped where the probability is 0. */
export interface AttentionAttributes extends DropAttributes {
  readonly heads: number;
}

/** `[batch, heads, time, depth]` @internal */
export const splitHeads = (x: tf.Tensor, heads: number): tf.Tensor => {
  const [batch, time, width] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [batch, time, heads, width / heads]), [0, 2, 1, 3]);
};
/** Back to `[batch, time, width]`. @internal */
export const mergeHeads = (x: tf.Tensor): tf.Tensor => {
  const [batch, heads, time, depth] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, time, heads * depth]);
};

/** Divided by the root of a head's width. */
const scaled = (x: tf.Tensor, heads: number): tf.Tensor => tf.mul(x, 1 / Math.sqrt(x.shape[2]! / heads));

const NOTHING: DropAttributes = { probability: 0, seed0: 0, seed1: 0 };

/** Large enough that a padded position's probability is exactly 0, small enough to stay finite in float32. @internal */
export const FAR = -1e30;

const backward = defineOp<AttentionAttributes>({
  name: 'AfAttentionGradient',
  forward: ({ dy, q, k, v, drop, y, weights }, { heads }) => {
    const dropped = drop!.size > 0;
    const out = splitHeads(dy!, heads);
    const used = dropped ? tf.mul(weights!, drop!) : weights!;
    const dUsed = tf.matMul(out, splitHeads(v!, heads), false, true);
    const dWeights = dropped ? tf.mul(dUsed, drop!) : dUsed;
    // Σ_j weights_ij dWeights_ij over a row is dy_i · y_i, a sum over the head's width instead of over all positions.
    const mean = tf.sum(tf.mul(out, splitHeads(y!, heads)), -1, true);
    const dScores = tf.mul(weights!, tf.sub(dWeights, mean));
    return [
      scaled(mergeHeads(tf.matMul(dScores, splitHeads(k!, heads))), heads),
      mergeHeads(tf.matMul(dScores, splitHeads(scaled(q!, heads), heads), true, false)),
      mergeHeads(tf.matMul(used, out, true, false)),
    ];
  },
});

const op = defineOp<AttentionAttributes>({
  name: 'AfAttention',
  // y, the weights before dropout, and their mask; a kernel that makes both again for the gradient leaves them empty.
  saveInputs: ['q', 'k', 'v', 'mask'],
  saveOutputs: [true, true, true],
  forward: ({ q, k, v, mask }, { heads, ...drops }) => {
    const [batch, time] = mask!.shape as [number, number];
    const scores = tf.matMul(splitHeads(scaled(q!, heads), heads), splitHeads(k!, heads), false, true);
    const bias = tf.reshape(tf.mul(tf.sub(1, mask!), FAR), [batch, 1, 1, time]);
    const weights = tf.softmax(tf.add(scores, bias));
    const drop = drops.probability > 0 ? maskOf(weights.shape, drops) : tf.zeros([0]);
    return [
      mergeHeads(tf.matMul(drop.size > 0 ? tf.mul(weights, drop) : weights, splitHeads(v!, heads))),
      weights,
      drop,
    ];
  },
  gradient: ([dy], [q, k, v, mask, y, weights, drop], attributes) => {
    const inputs = { dy: dy!, q: q!, k: k!, v: v!, mask: mask!, drop: drop!, y: y!, weights: weights! };
    const [dq, dk, dv] = backward(inputs, attributes);
    return { q: () => dq!, k: () => dk!, v: () => dv! };
  },
});

/**
 * Scaled dot-product attention over several heads, softmax over the positions that the mask allows.
 * @param q `[batch, queries, width]`; width is divided among the heads
 * @param k `[batch, time, width]`, likewise `v`
 * @param mask `[batch, time]`, 1 for a token and 0 for padding
 * @param drop dropout on the attention weights while training
 * @returns `[batch, queries, width]`, the caller's
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor,
  heads: number,
  drop: { probability: number; train?: TrainMode | undefined; path: string },
): Tensor {
  const { probability, train, path } = drop;
  const drops = train && probability > 0 ? dropAttributes(probability, train, path) : NOTHING;
  return tf.tidy(() => op({ q: raw(q), k: raw(k), v: raw(v), mask: raw(mask) }, { heads, ...drops })[0]!);
}

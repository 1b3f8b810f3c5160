import type { Tensor } from '@adapterfusion/contracts';
import { assign } from './create.js';
import { defineOp, raw } from './define-op.js';
import { tf } from './tfjs.js';

/** What one AdamW update needs to know beside the tensors. */
export interface AdamSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled: the parameter shrinks by `learningRate · weightDecay` before the step. */
  readonly weightDecay: number;
  /** Updates done, this one included: 1 for the first. */
  readonly count: number;
}

/** What the kernel `AfAdam` is given beside parameter, gradient and moments. */
export interface AdamNumbers {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** What the parameter is multiplied with. */
  readonly kept: number;
  /** The learning rate over the first moment's bias correction. */
  readonly rate: number;
  /** Root of the second moment's bias correction. */
  readonly root: number;
}

/** New values of the parameter and of both moments. */
const update = defineOp<AdamNumbers>({
  name: 'AfAdam',
  forward: ({ parameter, gradient, first, second }, { beta1, beta2, epsilon, kept, rate, root }) => {
    const m = tf.add(tf.mul(first!, beta1), tf.mul(gradient!, 1 - beta1));
    const v = tf.add(tf.mul(second!, beta2), tf.mul(tf.square(gradient!), 1 - beta2));
    const step = tf.mul(tf.div(m, tf.add(tf.div(tf.sqrt(v), root), epsilon)), rate);
    return [tf.sub(tf.mul(parameter!, kept), step), m, v];
  },
});

/**
 * One AdamW update in place (Loshchilov & Hutter 2019, algorithm 2; bias correction as PyTorch).
 * @param parameter any shape; `first` and `second` are its moments, of the same shape, and change too
 */
export function adamStep(
  parameter: Tensor,
  gradient: Tensor,
  first: Tensor,
  second: Tensor,
  settings: AdamSettings,
): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay, count } = settings;
  tf.tidy(() => {
    const [value, m, v] = update(
      { parameter: raw(parameter), gradient: raw(gradient), first: raw(first), second: raw(second) },
      {
        ...{ beta1, beta2, epsilon },
        kept: 1 - learningRate * weightDecay,
        rate: learningRate / (1 - beta1 ** count),
        root: Math.sqrt(1 - beta2 ** count),
      },
    );
    assign(parameter, value!);
    assign(first, m!);
    assign(second, v!);
  });
}

import type { Tensor } from '@adapterfusion/contracts';
import { assign } from './create.js';
import { raw } from './define-op.js';
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
    const g = raw(gradient);
    const m = tf.add(tf.mul(raw(first), beta1), tf.mul(g, 1 - beta1));
    const v = tf.add(tf.mul(raw(second), beta2), tf.mul(tf.square(g), 1 - beta2));
    const root = tf.add(tf.div(tf.sqrt(v), Math.sqrt(1 - beta2 ** count)), epsilon);
    const step = tf.mul(tf.div(m, root), learningRate / (1 - beta1 ** count));
    assign(parameter, tf.sub(tf.mul(raw(parameter), 1 - learningRate * weightDecay), step));
    assign(first, m);
    assign(second, v);
  });
}

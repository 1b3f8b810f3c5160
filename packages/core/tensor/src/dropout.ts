import type { Tensor, TrainMode } from '@adapterfusion/contracts';
import { defineOp, raw } from './define-op.js';
import { randomWords, seedsOf } from './philox.js';
import { tf } from './tfjs.js';

/** What the kernel `AfDropoutMask` is given; a backend package may register its own kernel under that name. */
export interface MaskAttributes {
  readonly shape: number[];
  readonly probability: number;
  /** Two int32 seeds. */
  readonly seed0: number;
  readonly seed1: number;
}

/** A word below this, as a signed number, is dropped: probability · 2³² in integers, so that every backend agrees. */
export const dropThreshold = (probability: number): number => Math.round(probability * 2 ** 32) - 2 ** 31;

const mask = defineOp<MaskAttributes>({
  name: 'AfDropoutMask',
  forward: (_, { shape, probability, seed0, seed1 }) => {
    const size = shape.reduce((product, width) => product * width, 1);
    const words = randomWords([seed0, seed1], size);
    const values = new Float32Array(size);
    const threshold = dropThreshold(probability);
    const scale = 1 / (1 - probability);
    for (let index = 0; index < size; index++) values[index] = words[index]! < threshold ? 0 : scale;
    return [tf.tensor(values, shape)];
  },
  gradient: () => ({}),
});

/**
 * A dropout mask: 0 with the given probability, else `1 / (1 − probability)`; the same bits on every backend.
 * @returns float32 of the given shape, the caller's
 */
export function dropoutMask(shape: readonly number[], probability: number, train: TrainMode, path: string): Tensor {
  const [seed0, seed1] = seedsOf(train.key, train.under === undefined ? path : `${train.under}/${path}`);
  return mask({}, { shape: [...shape], probability, seed0, seed1 })[0]!;
}

/**
 * Dropout while training, nothing otherwise.
 * @param path names the place; with the key of `train` it determines the mask
 * @returns a tensor of the same shape, the caller's; `x` itself where nothing is dropped
 */
export function dropout(x: Tensor, probability: number, train: TrainMode | undefined, path: string): Tensor {
  if (!train || probability === 0) return x;
  return tf.tidy(() => tf.mul(raw(x), raw(dropoutMask(x.shape, probability, train, path))));
}

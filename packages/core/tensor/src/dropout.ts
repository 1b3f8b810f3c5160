import type { Tensor, TrainMode } from '@adapterfusion/contracts';
import { defineOp, raw } from './define-op.js';
import { randomWords, seedsOf } from './philox.js';
import { tf } from './tfjs.js';

/** Where a mask comes from. */
export interface DropAttributes {
  readonly probability: number;
  /** Two int32 seeds. */
  readonly seed0: number;
  readonly seed1: number;
}

/** What the kernel `AfDropoutMask` is given; a backend package may register its own kernel under that name. */
export interface MaskAttributes extends DropAttributes {
  readonly shape: number[];
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

/** The seeds of a place. @internal */
export function dropAttributes(probability: number, train: TrainMode, path: string): DropAttributes {
  const [seed0, seed1] = seedsOf(train.key, train.under === undefined ? path : `${train.under}/${path}`);
  return { probability, seed0, seed1 };
}

/** A mask of a shape. @internal */
export const maskOf = (shape: readonly number[], drop: DropAttributes): tf.Tensor =>
  mask({}, { shape: [...shape], ...drop })[0]!;

/**
 * A dropout mask: 0 with the given probability, else `1 / (1 − probability)`; the same bits on every backend.
 * @returns float32 of the given shape, the caller's
 */
export const dropoutMask = (shape: readonly number[], probability: number, train: TrainMode, path: string): Tensor =>
  maskOf(shape, dropAttributes(probability, train, path));

/** `x` times its mask, and the mask for the gradient; a kernel that makes the mask as it goes gives an empty one. */
const drop: (inputs: { x: tf.Tensor }, attributes: DropAttributes) => tf.Tensor[] = defineOp<DropAttributes>({
  name: 'AfDropout',
  saveOutputs: [false, true],
  forward: ({ x }, attributes) => {
    const made = maskOf(x!.shape, attributes);
    return [tf.mul(x!, made), made];
  },
  gradient: ([dy], [made], attributes) => ({
    x: (): tf.Tensor => {
      if (made!.size > 0) return tf.mul(dy!, made!);
      const [dx, empty] = drop({ x: dy! }, attributes);
      empty!.dispose();
      return dx!;
    },
  }),
});

/**
 * Dropout while training, nothing otherwise.
 * @param path names the place; with the key of `train` it determines the mask
 * @returns a tensor of the same shape, the caller's; `x` itself where nothing is dropped
 */
export function dropout(x: Tensor, probability: number, train: TrainMode | undefined, path: string): Tensor {
  if (!train || probability === 0) return x;
  const [y, made] = drop({ x: raw(x) }, dropAttributes(probability, train, path));
  made!.dispose();
  return y!;
}

import type { Tensor } from '@adapterfusion/contracts';
import { defineOp, raw } from './define-op.js';
import { columnSum } from './linear.js';
import { tf } from './tfjs.js';

type Attributes = { epsilon: number };

function standardise(x: tf.Tensor, epsilon: number): { unit: tf.Tensor; inverse: tf.Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
  return { unit: tf.mul(centred, inverse), inverse };
}

const inputGradient = defineOp<Attributes>({
  name: 'AfLayerNormGradient',
  forward: ({ dy, x, gamma }, { epsilon }) => {
    const { unit, inverse } = standardise(x!, epsilon);
    const scaled = tf.mul(dy!, gamma!);
    const shift = tf.add(tf.mean(scaled, -1, true), tf.mul(unit, tf.mean(tf.mul(scaled, unit), -1, true)));
    return [tf.mul(inverse, tf.sub(scaled, shift))];
  },
});

const gammaGradient = defineOp<Attributes>({
  name: 'AfLayerNormGamma',
  forward: ({ dy, x }, { epsilon }) => [columnSum({ x: tf.mul(dy!, standardise(x!, epsilon).unit) }, {})[0]!],
});

const op = defineOp<Attributes>({
  name: 'AfLayerNorm',
  saveInputs: ['x', 'gamma'],
  forward: ({ x, gamma, beta }, { epsilon }) => [tf.add(tf.mul(standardise(x!, epsilon).unit, gamma!), beta!)],
  gradient: ([dy], [x, gamma], { epsilon }) => ({
    x: () => inputGradient({ dy: dy!, x: x!, gamma: gamma! }, { epsilon })[0]!,
    gamma: () => gammaGradient({ dy: dy!, x: x! }, { epsilon })[0]!,
    beta: () => columnSum({ x: dy! }, {})[0]!,
  }),
});

/**
 * Layer normalisation over the last axis: `(x − mean) / √(variance + epsilon) · gamma + beta`, biased variance.
 * @param x `[..., width]`  @param gamma `[width]`  @param beta `[width]`
 * @returns `[..., width]`, the caller's
 */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  return op({ x: raw(x), gamma: raw(gamma), beta: raw(beta) }, { epsilon })[0]!;
}

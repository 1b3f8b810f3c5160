import { dropThreshold, type MaskAttributes } from '@adapterfusion/tensor';
import { tf } from '@adapterfusion/tensor/tfjs';
import { nativeRandomWords } from './random.js';

/** Puts TensorFlow's own operations in the place of kernels that are made of JavaScript elsewhere; same bits. */
export function registerNativeKernels(): void {
  const name = { kernelName: 'AfDropoutMask', backendName: 'tensorflow' };
  tf.unregisterKernel(name.kernelName, name.backendName);
  tf.registerKernel({
    ...name,
    kernelFunc: ({ attrs }) => {
      const { shape, probability, seed0, seed1 } = attrs as unknown as MaskAttributes;
      return tf.tidy(() => {
        const words = nativeRandomWords([seed0, seed1], shape) as unknown as tf.Tensor;
        const kept = tf.greaterEqual(words, tf.scalar(dropThreshold(probability), 'int32'));
        return tf.mul(tf.cast(kept, 'float32'), 1 / (1 - probability));
      });
    },
  });
}

import type { Tensor } from '@adapterfusion/contracts';
import { tf } from '@adapterfusion/tensor/tfjs';
import { runNative } from './binding.js';

/**
 * Random 32-bit words made inside TensorFlow (Philox4x32-10, `StatelessRandomUniformFullInt`): a word depends on the seed
 * and its position only, whatever the number of threads, and equals `randomWords` of `@adapterfusion/tensor`.
 * @param seed two int32 numbers
 * @returns int32 of the given shape, the caller's
 * @throws BACKEND_UNAVAILABLE unless the native backend is the open one
 */
export function nativeRandomWords(seed: readonly [number, number], shape: readonly number[]): Tensor {
  const dims = tf.tensor1d([...shape], 'int32');
  const seeds = tf.tensor1d([...seed], 'int32');
  const attributes = { dtype: { type: 'int32' }, T: { type: 'int32' }, Tseed: { type: 'int32' } } as const;
  const [words] = runNative('StatelessRandomUniformFullInt', attributes, [dims, seeds]);
  dims.dispose();
  seeds.dispose();
  return words!;
}

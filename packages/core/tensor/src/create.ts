import type { Tensor } from '@adapterfusion/contracts';
import { raw } from './define-op.js';
import { settled } from './device-watch.js';
import { processWide } from './process-wide.js';
import { tf } from './tfjs.js';

/** A float32 tensor of the given values, row-major. The caller disposes of it. */
export function tensor(values: Float32Array | readonly number[], shape: readonly number[]): Tensor {
  return tf.tensor(values, [...shape], 'float32');
}

/** An int32 tensor of the given values, row-major. The caller disposes of it. */
export function intTensor(values: Int32Array | readonly number[], shape: readonly number[]): Tensor {
  return tf.tensor(values, [...shape], 'int32');
}

/** A float32 tensor filled with one value. The caller disposes of it. */
export function fill(shape: readonly number[], value: number): Tensor {
  return tf.fill([...shape], value, 'float32');
}

const constants = processWide('constants', () => new WeakSet<object>());

/** Declares that no gradient will ever be asked of a tensor, so that less is saved for the backward pass. */
export function constant<T extends Tensor>(tensor: T): T {
  constants.add(tensor);
  return tensor;
}

/**
 * A learned tensor: keeps its identity while its values change, lives until disposed (scopes do not free it) and is
 * frozen until {@link setTrainable} says otherwise.
 */
export function parameter(values: Float32Array | Tensor, shape?: readonly number[]): Tensor {
  return tf.tidy(() =>
    tf.variable(
      values instanceof Float32Array ? tf.tensor(values, [...(shape ?? [values.length])], 'float32') : raw(values),
      false,
    ),
  );
}

/** Whether a parameter trains. */
export function setTrainable(parameter: Tensor, trainable: boolean): void {
  (parameter as tf.Variable).trainable = trainable;
}

/** Gives a parameter new values of the same shape. The argument stays the caller's. */
export function assign(parameter: Tensor, values: Tensor): void {
  (parameter as tf.Variable).assign(raw(values));
}

/** True where no gradient can be asked: a frozen parameter or a {@link constant}. */
export function isFrozen(tensor: Tensor): boolean {
  return constants.has(tensor) || (tensor instanceof tf.Variable && !tensor.trainable);
}

/**
 * The values of a float tensor.
 * @throws BACKEND_LOST, BACKEND_FAILED, BACKEND_LIMIT when the device failed in computing them
 */
export async function read(tensor: Tensor): Promise<Float32Array> {
  return settled(tensor.data() as Promise<Float32Array>);
}

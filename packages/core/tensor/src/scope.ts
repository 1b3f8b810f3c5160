import type { Tensor } from '@adapterfusion/contracts';
import { raw } from './define-op.js';
import { tf } from './tfjs.js';

/** Runs `f` and frees every tensor made in it except those it returns and those given to {@link keep}. */
export function scope<T>(f: () => T): T {
  return tf.tidy(f as () => tf.TensorContainer) as T;
}

/** Takes a tensor out of the surrounding {@link scope}: the caller owns it now. */
export function keep<T extends Tensor>(tensor: T): T {
  tf.keep(raw(tensor));
  return tensor;
}

/** Frees tensors, or all those in an object. */
export function dispose(contents: Tensor | Iterable<Tensor> | Readonly<Record<string, Tensor>>): void {
  tf.dispose((Symbol.iterator in contents ? [...contents] : contents) as tf.TensorContainer);
}

/** How many tensors are alive. */
export function tensorCount(): number {
  return tf.memory().numTensors;
}

/** Bytes of all live tensors; values that several tensors share, as after a reshape, count once for each. */
export function tensorBytes(): number {
  return tf.memory().numBytes;
}

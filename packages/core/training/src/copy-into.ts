import type { Tensor } from '@adapterfusion/contracts';
import { assign, tensor } from '@adapterfusion/tensor';

/** Gives a parameter values from the host. */
export function copyInto(parameter: Tensor, data: Float32Array, shape: readonly number[] = parameter.shape): void {
  const values = tensor(data, shape);
  assign(parameter, values);
  values.dispose();
}

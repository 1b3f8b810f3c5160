import type { Tensor } from '@adapterfusion/contracts';
import { read, scope } from '@adapterfusion/tensor';

/** The values of a tensor; everything that is allocated to compute it is freed. */
export async function valuesOf(make: () => Tensor): Promise<Float32Array> {
  const made = scope(make);
  try {
    return Float32Array.from(await read(made));
  } finally {
    made.dispose();
  }
}

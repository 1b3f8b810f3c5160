import type { Tensor } from '@adapterfusion/contracts';
import { mul, scope, square, sub, sum, tensor } from '@adapterfusion/tensor';

/** 0.01 · ‖I − W‖², which keeps the value projection near the identity (Pfeiffer et al. 2021, section 3.2). */
export function penalty(weight: Tensor): Tensor {
  return scope(() => {
    const size = weight.shape[0]!;
    const identity = new Float32Array(size * size);
    for (let index = 0; index < size; index++) identity[index * (size + 1)] = 1;
    return mul(sum(square(sub(weight, tensor(identity, [size, size])))), 0.01);
  });
}

import type { Tensor } from '@adapterfusion/contracts';
import { mul, scope, squareSum } from '@adapterfusion/tensor';

/** 0.01 · ‖I − W‖², which keeps the value projection near the identity (Pfeiffer et al. 2021, section 3.2). */
export function penalty(weight: Tensor): Tensor {
  return scope(() => mul(squareSum(weight, 1), 0.01));
}

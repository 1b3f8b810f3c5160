import type { Tensor } from '@adapterfusion/contracts';
import { add, fill, scope, sqrt, squareSum } from '@adapterfusion/tensor';

/** The Euclidean norm of all gradients taken together, a scalar, the caller's. */
export function globalNorm(gradients: Iterable<Tensor>): Tensor {
  return scope(() => {
    let squares = fill([], 0);
    for (const gradient of gradients) squares = add(squares, squareSum(gradient));
    return sqrt(squares);
  });
}

/**
 * What gradients are multiplied by so that their norm stays within `clip` (PyTorch's `clip_grad_norm_`).
 * @param clip the largest norm; 0 for none
 */
export function clipFactor(norm: number, clip: number): number {
  return clip === 0 ? 1 : Math.min(1, clip / (norm + 1e-6));
}

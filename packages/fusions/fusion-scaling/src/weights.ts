import type { ParameterRandom, Params, Site, Tensor } from '@adapterfusion/contracts';
import { add, div, linear, mul, scope, squareSum, sum, tensor } from '@adapterfusion/tensor';
import type { ScalingOptions } from './options.js';

/** New weights `[children, 1]` or `[children, outDim]`, the caller's. */
export function initialWeights(options: ScalingOptions, site: Site, children: number, random: ParameterRandom): Tensor {
  const shape = [children, options.per === 'vector' ? site.outDim : 1];
  if (options.initial === 'average') return random.constant(shape, 1 / children);
  return scope(() => add(random.normal(shape, 0.001), 2 / children));
}

/**
 * The weights by column or by child: row i of the result is the weight of the child at position `positions[i]`. Of N
 * children the fusion was made for, `present` take part at the site: their weights are multiplied by N / present, so that
 * initial weights of 1/N are the average of those that take part.
 * @returns `[positions, 1]` or `[positions, outDim]`, a tensor of the surrounding scope
 */
export function weightsAt(weights: Tensor, positions: readonly number[], present: number): Tensor {
  const children = weights.shape[0]!;
  const selection = new Float32Array(positions.length * children);
  positions.forEach((position, row) => (selection[row * children + position] = children / present));
  return linear(tensor(selection, [positions.length, children]), weights, undefined, { transposed: true });
}

/**
 * The factors with which a mask multiplies the weights: 0 for a child that is left out, children / remaining for the
 * others, so that equal weights become the average of the remaining children.
 * @param mask `[children]` or `[batch, 1, children]`
 */
export function maskFactors(mask: Tensor): Tensor {
  const axis = mask.shape.length - 1;
  return mul(div(mask, sum(mask, axis, true)), mask.shape[axis]!);
}

/** `ridge · Σ_n mean_h (w_nh − 1/N)²`: a sum over the N children, a mean over the channels. @returns a scalar, the caller's */
export function penalty(params: Params, ridge: number): Tensor {
  const weights = params['weights']!;
  const [children, channels] = weights.shape as [number, number];
  return scope(() => mul(squareSum(add(weights, -1 / children)), ridge / channels));
}

import type { Child, MixContext, Tensor } from '@adapterfusion/contracts';
import { activate, add, div, fill, linear, mul, slice, sum } from '@adapterfusion/tensor';

/** A child's contribution `[batch, time, outDim]`, from its factors where it has them. */
function contribution(child: Child): Tensor {
  if (!child.lowRank) return child.delta();
  const { input, down, downBias, activation, up, upBias, scale } = child.lowRank;
  const outer = linear(activate(activation, linear(input, down, downBias)), up, upBias);
  return scale === 1 ? outer : mul(outer, scale);
}

/**
 * The mean of the children's contributions times the strength, plus the residual. A child that the mask leaves out has
 * weight 0, those left share the rest; the child `none` counts as one that contributes 0.
 * @returns `mixed` `[batch, time, outDim]` and `weights` `[batch, time, children]`, both the caller's; the weights are shares of
 * the mixture and add up to 1 at any strength
 */
export function mix(
  children: readonly Child[],
  { residual, childMask }: MixContext,
  strength = 1,
): { mixed: Tensor; weights: Tensor } {
  const [batch, time] = residual.shape as [number, number];
  const present = childMask ?? fill([children.length], 1);
  const last = present.shape.length - 1;
  const weights = div(present, sum(present, last, true));
  const factors = strength === 1 ? weights : mul(weights, strength);
  let mixed = residual;
  children.forEach((child, index) => {
    if (!child.zero) mixed = add(mixed, mul(contribution(child), slice(factors, last, index, 1)));
  });
  return { mixed: mixed === residual ? add(residual, 0) : mixed, weights: mul(fill([batch, time, 1], 1), weights) };
}

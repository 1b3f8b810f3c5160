import type { Child, Tensor } from '@adapterfusion/contracts';
import {
  add,
  concat,
  fill,
  groupDots,
  groupScale,
  linear,
  mul,
  slice,
  stackActivations,
  sum,
} from '@adapterfusion/tensor';
import type { ScoredStack } from './scored-stack.js';

/** Some of a fusion's children, evaluated together. */
export interface Part {
  /** `[..., children]`, 0 for the children of other parts. */
  logits(): Tensor;
  /** The weighted sum of the contributions, `[..., outDim]`. @param weights `[..., children]`; absent for an only child */
  mixture(weights?: Tensor): Tensor;
}

/**
 * Low-rank children, never expanded.
 * @param children how many the fusion has in all
 * @param scored gives what is multiplied with the columns' directions
 */
export function lowRankPart(
  stack: ScoredStack,
  inputs: readonly Tensor[],
  children: number,
  scored: () => Tensor,
): Part {
  const active = stackActivations(stack, inputs);
  const { owners, out } = stack;
  const { weight, bias } = stack.scores;
  return {
    logits: () => groupDots(active, linear(scored(), weight, bias, { transposed: true }), owners, children),
    mixture(weights = fill([...active.shape.slice(0, -1), children], 1)) {
      return linear(groupScale(active, weights, owners), out, undefined, { transposed: true });
    },
  };
}

/** Children without factors, each evaluated. @param towards what their contributions are multiplied with for their logits */
export function densePart(children: readonly Child[], towards: () => Tensor): Part | undefined {
  const deltas = children.map((child) => (child.lowRank || child.folded || child.zero ? undefined : child.delta()));
  const dense = deltas.flatMap((delta, index) => (delta ? [{ index, delta }] : []));
  if (dense.length === 0) return undefined;
  const lead = dense[0]!.delta.shape.slice(0, -1);
  const axis = lead.length;
  return {
    logits: () =>
      concat(
        deltas.map((delta) => (delta ? sum(mul(delta, towards()), -1, true) : fill([...lead, 1], 0))),
        axis,
      ),
    mixture: (weights) =>
      dense
        .map(({ index, delta }) => (weights ? mul(delta, slice(weights, axis, index, 1)) : delta))
        .reduce((a, b) => add(a, b)),
  };
}

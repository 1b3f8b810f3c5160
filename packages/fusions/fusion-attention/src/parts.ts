import type { Child, Tensor } from '@adapterfusion/contracts';
import { add, concat, linear, mul, slice, sum } from '@adapterfusion/tensor';
import { activations, placement, type Stack } from './stack.js';

/** Some of a fusion's children, evaluated together. */
export interface Part {
  /** `[..., children]`, 0 for the children of other parts. */
  logits(): Tensor;
  /** The weighted sum of the contributions, `[..., outDim]`. @param weights `[..., children]`; absent for an only child */
  mixture(weights?: Tensor): Tensor;
}

/**
 * Low-rank children, never expanded.
 * @param scored gives what is multiplied with the columns' directions; not called where the scores come with the activations
 */
export function lowRankPart(stack: Stack, inputs: readonly Tensor[], scored: () => Tensor): Part {
  const { active, beside } = activations(stack, inputs);
  const { weight, bias } = stack.scores;
  return {
    logits: () => linear(mul(active, beside ?? linear(scored(), weight, bias, { transposed: true })), stack.members),
    mixture(weights) {
      const columns = weights ? mul(active, linear(weights, stack.members, undefined, { transposed: true })) : active;
      return linear(columns, stack.out, undefined, { transposed: true });
    },
  };
}

/** Children without factors, each evaluated. @param towards what their contributions are multiplied with for their logits */
export function densePart(children: readonly Child[], towards: () => Tensor): Part | undefined {
  const dense = children.flatMap((child, index) =>
    child.lowRank || child.folded || child.zero ? [] : [{ index, delta: child.delta() }],
  );
  if (dense.length === 0) return undefined;
  const axis = dense[0]!.delta.shape.length - 1;
  return {
    logits() {
      const columns = dense.map(({ delta }) => sum(mul(delta, towards()), -1, true));
      const owners = dense.map(({ index }) => index);
      return linear(concat(columns, axis), placement(owners, children.length));
    },
    mixture: (weights) =>
      dense
        .map(({ index, delta }) => (weights ? mul(delta, slice(weights, axis, index, 1)) : delta))
        .reduce((a, b) => add(a, b)),
  };
}

import type { Child, FoldedFactors, LowRank, Params, Tensor } from '@adapterfusion/contracts';
import {
  clone,
  columnsOf,
  concat,
  groupScale,
  linear,
  mean,
  mul,
  scope,
  slice,
  stackActivations,
  sum,
  type Columns,
  type FactorStack,
} from '@adapterfusion/tensor';

/** A stack of factors of which every column is multiplied by the weight of its child. */
export interface WeightedStack extends FactorStack {
  /** `[units, outDim]`: the rows of `out` that are not biases. */
  readonly units: Tensor;
  /** `[outDim]`: the sum of the rows that are. */
  readonly bias?: Tensor;
}

/** @param weights `[columns, 1]` or `[columns, outDim]`; absent where they are folded into the factors */
export function weightStack(stack: FactorStack, weights: Tensor | undefined): WeightedStack {
  const out = weights ? mul(stack.out, weights) : stack.out;
  const columns = out.shape[0]!;
  const units = stack.groups.reduce((total, { downBias }) => total + downBias.size, 0);
  const biases = columns > units ? sum(slice(out, 0, units, columns - units), 0) : undefined;
  return { ...stack, out, units: slice(out, 0, 0, units), ...(biases ? { bias: biases } : {}) };
}

/** The tensors of a weighted stack that a plain one lacks. */
export const weightTensors = ({ units, bias }: WeightedStack): Tensor[] => [units, ...(bias ? [bias] : [])];

/**
 * The weighted sum of the contributions, `[..., outDim]`: one product with all down-projections, one with all
 * up-projections.
 * @param inputs the distinct inputs of the stack
 * @param mask factors `[..., children]` by token; absent for no mask
 */
export function mixture(stack: WeightedStack, inputs: readonly Tensor[], mask: Tensor | undefined): Tensor {
  const active = stackActivations(stack, inputs);
  if (!mask) return linear(active, stack.units, stack.bias, { transposed: true });
  return linear(groupScale(active, mask, stack.owners), stack.out, undefined, { transposed: true });
}

/**
 * A child's factors with its weight folded in: `down.weight` `[bottleneck, width]`, `down.bias` `[bottleneck]`, `out`
 * `[columns, outDim]` with the bias as the last column, and `mean` `[1]`, the mean of the weight.
 * @param weight `[1, 1]` or `[1, outDim]`
 * @returns tensors that the caller owns
 */
export function foldChild(factors: LowRank, weight: Tensor): Params {
  return scope(() => {
    const { down, downBias, units, bias } = columnsOf(factors);
    return {
      'down.weight': clone(down),
      ...(downBias ? { 'down.bias': clone(downBias) } : {}),
      out: mul(concat([units.out, ...(bias ? [bias.out] : [])], 0), weight),
      mean: mean(weight, 1),
    };
  });
}

/** The columns of a child with factors, folded or not. @returns tensors that belong to the surrounding scope */
export const columnsOfChild = ({ folded, lowRank }: Child): Columns => (folded ? unfold(folded) : columnsOf(lowRank!));

function unfold({ params, activation }: FoldedFactors): Columns {
  const down = params['down.weight']!;
  const [units, columns] = [down.shape[0]!, params['out']!.shape[0]!];
  const rows = (start: number, size: number): { out: Tensor } => ({ out: slice(params['out']!, 0, start, size) });
  return {
    down,
    activation,
    ...(params['down.bias'] ? { downBias: params['down.bias'] } : {}),
    units: rows(0, units),
    ...(columns > units ? { bias: rows(units, columns - units) } : {}),
  };
}

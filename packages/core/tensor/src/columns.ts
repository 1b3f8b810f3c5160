import type { LowRank, Tensor } from '@adapterfusion/contracts';
import { mul } from './arithmetic.js';
import { reshape, transpose } from './shape.js';

/** What a group of columns adds to the output; a fusion may store more about each column. */
export interface ColumnRows {
  /** `[columns, outDim]`, scale included. */
  readonly out: Tensor;
}

/** A child of a fusion as columns: one for each unit of its bottleneck, and one for its bias, whose activation is 1. */
export interface Columns<R extends ColumnRows = ColumnRows> {
  /** `[bottleneck, width]` */
  readonly down: Tensor;
  /** `[bottleneck]` */
  readonly downBias?: Tensor;
  /** Name of an activation that {@link activate} accepts. */
  readonly activation: string;
  readonly units: R;
  readonly bias?: R;
}

/** The columns of a child's low-rank factors. Differentiable. @returns tensors that belong to the surrounding scope */
export function columnsOf(factors: LowRank): Columns {
  const { down, downBias, activation, up, upBias } = factors;
  return {
    down,
    activation,
    ...(downBias ? { downBias } : {}),
    units: { out: scaled(transpose(up), factors) },
    ...(upBias ? { bias: { out: scaled(reshape(upBias, [1, up.shape[0]!]), factors) } } : {}),
  };
}

/** The scale, a number, `[1]` or `[outDim]`, is broadcast along the last axis of both factors. */
const scaled = (x: Tensor, { scale }: LowRank): Tensor => (scale === 1 ? x : mul(x, scale));

import type { FoldedFactors, LowRank, Tensor } from '@adapterfusion/contracts';
import { mul, reshape, slice, transpose } from '@adapterfusion/tensor';

/** Some columns of a child: what each adds to the mixture, and by which direction it is scored. */
interface Rows {
  /** `[columns, outDim]`, scale included. */
  readonly out: Tensor;
  /** `[columns, outDim]`; absent where they are the rows of `out`. */
  readonly scores?: Tensor;
  /** `[columns]` */
  readonly scoresBias?: Tensor;
}

/** A child as columns: one for each unit of its bottleneck, and one for its bias, whose activation is 1. */
export interface Columns {
  /** `[bottleneck, width]` */
  readonly down: Tensor;
  /** `[bottleneck]` */
  readonly downBias?: Tensor;
  readonly activation: string;
  readonly units: Rows;
  readonly bias?: Rows;
}

/** The columns of a child's factors. @returns tensors that belong to the surrounding scope */
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

/** The columns of a folded child. @returns tensors that belong to the surrounding scope */
export function unfold({ params, activation }: FoldedFactors): Columns {
  const down = params['down.weight']!;
  const [units, columns] = [down.shape[0]!, params['out']!.shape[0]!];
  const rows = (start: number, size: number): Rows => {
    const cut = (name: string): Tensor | undefined => params[name] && slice(params[name], 0, start, size);
    const [scores, scoresBias] = [cut('scores.weight'), cut('scores.bias')];
    return { out: cut('out')!, ...(scores ? { scores } : {}), ...(scoresBias ? { scoresBias } : {}) };
  };
  return {
    down,
    activation,
    ...(params['down.bias'] ? { downBias: params['down.bias'] } : {}),
    units: rows(0, units),
    ...(columns > units ? { bias: rows(units, columns - units) } : {}),
  };
}

/** The scale, a number, `[1]` or `[outDim]`, runs along the last axis of both factors. */
const scaled = (x: Tensor, { scale }: LowRank): Tensor => (scale === 1 ? x : mul(x, scale));

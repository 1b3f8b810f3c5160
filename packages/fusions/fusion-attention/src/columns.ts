import type { Child, FoldedFactors, Tensor } from '@adapterfusion/contracts';
import { columnsOf, slice, type ColumnRows, type Columns } from '@adapterfusion/tensor';

/** Columns of a child, with the direction by which each is scored. */
export interface ScoredRows extends ColumnRows {
  /** `[columns, outDim]`; absent where they are the rows of `out`. */
  readonly scores?: Tensor;
  /** `[columns]` */
  readonly scoresBias?: Tensor;
}

/** The columns of a child with factors, folded or not. @returns tensors that belong to the surrounding scope */
export const scoredColumns = ({ folded, lowRank }: Child): Columns<ScoredRows> =>
  folded ? unfold(folded) : columnsOf(lowRank!);

function unfold({ params, activation }: FoldedFactors): Columns<ScoredRows> {
  const down = params['down.weight']!;
  const [units, columns] = [down.shape[0]!, params['out']!.shape[0]!];
  const rows = (start: number, size: number): ScoredRows => {
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

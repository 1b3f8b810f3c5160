import type { Tensor } from '@adapterfusion/contracts';
import { concat, stackFactors, transpose, type FactorStack, type PlacedChild } from '@adapterfusion/tensor';
import type { ScoredRows } from './columns.js';

/** A stack of factors with each column's direction in the space that scores it. */
export interface ScoredStack extends FactorStack<ScoredRows> {
  readonly scores: {
    /** `[outDim, columns]` */
    readonly weight: Tensor;
    /** `[columns]` */
    readonly bias?: Tensor;
  };
}

/** Stacks the columns of children. Differentiable. @returns tensors that belong to the surrounding scope */
export function scoredStack(placed: readonly PlacedChild<ScoredRows>[]): ScoredStack {
  const stack = stackFactors(placed);
  const { rows, out } = stack;
  const { scores, scoresBias } = rows[0]!;
  return {
    ...stack,
    scores: {
      weight: transpose(
        scores
          ? concat(
              rows.map((each) => each.scores!),
              0,
            )
          : out,
      ),
      ...(scoresBias
        ? {
            bias: concat(
              rows.map((each) => each.scoresBias!),
              0,
            ),
          }
        : {}),
    },
  };
}

/** The tensors of a scored stack that a plain one lacks. */
export const scoreTensors = ({ scores: { weight, bias } }: ScoredStack): Tensor[] => [weight, ...(bias ? [bias] : [])];

import type { Params, Tensor } from '@adapterfusion/contracts';
import { concat, fill, linear, reshape, transpose } from '@adapterfusion/tensor';
import type { AttentionOptions } from './options.js';
import type { Stack } from './stack.js';

/**
 * Folds the projections of a fusion that does not change into the stacked factors: scores are then taken from the query
 * as it comes, and the mixture needs no value projection. With t a column of `out`: its score at query x is
 * ⟨W_K t, W_Q x + b_Q⟩, what it adds is W_V t.
 * @returns tensors that belong to the surrounding scope
 */
export function fold(stack: Stack, params: Params, options: AttentionOptions): Stack {
  const keys = options.key ? linear(stack.out, params['key.weight']!) : stack.out;
  const directions = options.query ? linear(keys, params['query.weight']!, undefined, { transposed: true }) : keys;
  const bias = options.query ? dots(keys, params['query.bias']!) : undefined;
  return {
    ...stack,
    out: options.value ? linear(stack.out, params['value.weight']!) : stack.out,
    scores: { weight: transpose(directions), ...(bias ? { bias } : {}) },
  };
}

/** Where all children read the query: one product for their activations and the scores. */
export function join(stack: Stack): Stack {
  const { down, downBias, ...group } = stack.groups[0]!;
  const { weight, bias } = stack.scores;
  return {
    ...stack,
    groups: [
      {
        ...group,
        down: concat([down, weight], 1),
        downBias: concat([downBias, bias ?? fill([weight.shape[1]!], 0)], 0),
      },
    ],
  };
}

/** The inner product of every row of a matrix with a vector. */
const dots = (rows: Tensor, vector: Tensor): Tensor =>
  reshape(linear(reshape(vector, [1, vector.size]), rows), [rows.shape[0]!]);

import type { LowRank, Params, Tensor } from '@adapterfusion/contracts';
import { clone, columnsOf, concat, linear, reshape, scope, transpose } from '@adapterfusion/tensor';
import type { AttentionOptions } from './options.js';
import type { ScoredStack } from './scored-stack.js';

/**
 * Folds the projections of a fusion that does not change into columns, so that scores are taken from the query as it
 * comes and the mixture needs no value projection. With t one of them: its score at query x is ⟨W_K t, W_Q x + b_Q⟩, what
 * it adds is W_V t.
 * @param columns `[columns, outDim]`
 * @returns tensors that belong to the surrounding scope; `scores` are `out` itself where nothing is projected
 */
function project(
  columns: Tensor,
  params: Params,
  options: AttentionOptions,
): { out: Tensor; scores: Tensor; scoresBias?: Tensor } {
  const keys = options.key ? linear(columns, params['key.weight']!) : columns;
  return {
    out: options.value ? linear(columns, params['value.weight']!) : columns,
    scores: options.query ? linear(keys, params['query.weight']!, undefined, { transposed: true }) : keys,
    ...(options.query ? { scoresBias: dots(keys, params['query.bias']!) } : {}),
  };
}

/** {@link project} for all columns of a stack. @returns tensors that belong to the surrounding scope */
export function fold(stack: ScoredStack, params: Params, options: AttentionOptions): ScoredStack {
  const { out, scores, scoresBias } = project(stack.out, params, options);
  return { ...stack, out, scores: { weight: transpose(scores), ...(scoresBias ? { bias: scoresBias } : {}) } };
}

/**
 * What a child's factors become with the fusion's projections folded in; its bias is the last of its columns, where it
 * has one: `down.weight` `[bottleneck, width]`, `down.bias` `[bottleneck]`, `out` and `scores.weight` `[columns, outDim]`,
 * `scores.bias` `[columns]`.
 * @param alone whether it is the fusion's only child: it needs no scores then
 * @returns tensors that the caller owns
 */
export function foldChild(factors: LowRank, params: Params, options: AttentionOptions, alone: boolean): Params {
  return scope(() => {
    const { down, downBias, units, bias } = columnsOf(factors);
    const columns = concat([units.out, ...(bias ? [bias.out] : [])], 0);
    const { out, scores, scoresBias } = project(columns, params, options);
    return {
      'down.weight': clone(down),
      ...(downBias ? { 'down.bias': clone(downBias) } : {}),
      out,
      ...(alone || scores === out ? {} : { 'scores.weight': scores }),
      ...(alone || !scoresBias ? {} : { 'scores.bias': scoresBias }),
    };
  });
}

/** The inner product of every row of a matrix with a vector. */
const dots = (rows: Tensor, vector: Tensor): Tensor =>
  reshape(linear(reshape(vector, [1, vector.size]), rows), [rows.shape[0]!]);

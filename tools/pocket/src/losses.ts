import type { Backbone, HostBatch, Params, RandomKey, Tensor } from '@adapterfusion/contracts';
import {
  activate,
  add,
  constant,
  crossEntropy,
  div,
  gatherRows,
  intTensor,
  layerNorm,
  linear,
  mean,
  mul,
  reshape,
  scope,
  sqrt,
  square,
  sub,
  sum,
  tensor,
} from '@adapterfusion/tensor';
import { maskTokens } from './mask-tokens.js';
import type { Targets } from './targets.js';
import { lastHidden } from './teacher.js';

/** How much each of the three losses counts. */
export const WEIGHTS = { states: 1, similarity: 10, words: 0.2 } as const;

/** The three losses, scalars. */
export type Losses = { readonly [name in keyof typeof WEIGHTS]: Tensor };

/**
 * How far a student is from its teacher on a batch, of which it sees a masked copy:
 * - `states`: squared error of its last hidden states, through a learned map, against the teacher's along their principal
 *   directions; a direction counts by its standard deviation, halfway between all alike and as in the teacher;
 * - `similarity`: squared error of the cosines between the rows' mean states, each with each;
 * - `words`: cross-entropy of the hidden words; the words' embeddings are read for it but not moved by it, as Adam would
 *   drag the rare ones along.
 * @param labels indices of the batch's rows among the targets'
 * @param table a copy of the word embeddings that no gradient reaches
 */
export function losses(
  backbone: Backbone,
  params: Params,
  table: Tensor,
  targets: Targets,
  batch: HostBatch,
  labels: readonly number[],
  key: RandomKey,
  maskId: number,
): Losses {
  const [rows, time] = batch.shape;
  const { width } = targets;
  const masked = maskTokens(batch, key, table.shape[0]!, maskId);
  const { hidden, mask } = lastHidden(backbone, params, { ...batch, ids: masked.ids });
  const each = reshape(mask, [rows, time, 1]);
  const tokens = batch.mask.reduce((total, one) => total + one, 0);

  const mapped = linear(hidden, params['projection.weight']!, params['projection.bias']);
  const wanted = constant(tensor(targets.states(labels, time), [rows, time, width]));
  const errors = mul(square(sub(mapped, wanted)), each);
  const states = div(sum(mul(errors, tensor(importance(targets), [width]))), tokens * width);

  const similarity = mean(square(sub(cosines(sum(mul(hidden, each), 1)), constant(teacherCosines(targets, labels)))));

  const flat = reshape(hidden, [rows * time, hidden.shape[2]!]);
  const chosen = gatherRows(flat, intTensor(masked.places, [masked.places.length]));
  const inner = activate('gelu', linear(chosen, params['mlm.dense.weight']!, params['mlm.dense.bias']));
  const normed = layerNorm(inner, params['mlm.norm.weight']!, params['mlm.norm.bias']!, 1e-12);
  const words = crossEntropy(linear(normed, table, params['mlm.bias']), masked.answers);
  return { states, similarity, words };
}

/** The losses in one. */
export function weighed({ states, similarity, words }: Losses): Tensor {
  return add(add(mul(states, WEIGHTS.states), mul(similarity, WEIGHTS.similarity)), mul(words, WEIGHTS.words));
}

/** Weights of the directions, 1 on average. */
function importance({ projection: { deviations } }: Targets): Float32Array {
  const average = deviations.reduce((total, value) => total + value, 0) / deviations.length;
  return deviations.map((deviation) => deviation / average);
}

/** `[rows, width] → [rows, rows]` */
function cosines(vectors: Tensor): Tensor {
  const units = div(vectors, sqrt(add(sum(square(vectors), -1, true), 1e-12)));
  return linear(units, units);
}

function teacherCosines(targets: Targets, labels: readonly number[]): Tensor {
  return scope(() => cosines(tensor(targets.pooled(labels), [labels.length, targets.hidden])));
}

import { AdapterFusionError } from '@adapterfusion/contracts';
import { computeMetrics } from '@adapterfusion/metrics';
import { dispose, read } from '@adapterfusion/tensor';
import { runBatches } from './run-batches.js';
import type { TrainableModel, TrainingRow } from './trainable-model.js';

/** How {@link evaluate} measures. */
export interface EvaluateOptions {
  readonly head: string;
  readonly batchSize: number;
  /** Names of metrics, as `@adapterfusion/metrics` knows them. */
  readonly metrics: readonly string[];
  /** Names of the labels; none in regression and multiple choice. */
  readonly labels: readonly string[];
  /** The id that fills rows up; 0 by default. */
  readonly padId?: number;
  readonly signal?: AbortSignal;
}

/** What {@link evaluate} found. */
export interface Evaluation {
  readonly metrics: { readonly [name: string]: number };
  /** `[labels]`, or `[choices]`, for each row, in the order of the rows. */
  readonly logits: readonly Float32Array[];
  /** The label or choice with the largest logit for each row, the first of equal ones; in regression the number. */
  readonly predictions: readonly number[];
}

/**
 * Measures a model in evaluation mode. Rows go through it batch by batch, longest first.
 * @throws ABORTED when the signal is raised between two batches; LOSS_NOT_FINITE for a logit that is not a number
 */
export async function evaluate(
  model: Pick<TrainableModel, 'logits' | 'rowGroup'>,
  rows: readonly TrainingRow[],
  { head, batchSize, metrics, labels, padId = 0, signal }: EvaluateOptions,
): Promise<Evaluation> {
  const logits = new Array<Float32Array>(rows.length);
  const run = { batchSize, rowGroup: model.rowGroup, padId, signal, at: 'evaluation' };
  for await (const { indices, batch } of runBatches(rows, run)) {
    const output = model.logits(batch, { head });
    const values = await read(output);
    dispose(output);
    if (values.some(Number.isNaN)) throw notFinite(indices.map((index) => rows[index]!.at ?? `row ${index}`));
    const width = values.length / batch.shape[0];
    let from = 0;
    for (const index of indices) {
      const until = from + rows[index]!.group.length * width;
      logits[index] = values.slice(from, until);
      from = until;
    }
  }
  const predictions = logits.map((row) => (row.length === 1 ? row[0]! : row.indexOf(Math.max(...row))));
  const truth = rows.map(({ label }) => label);
  const named = labels.length > 0 ? { labels } : {};
  return { metrics: computeMetrics(metrics, predictions, truth, named), logits, predictions };
}

function notFinite(rows: readonly string[]): AdapterFusionError {
  return new AdapterFusionError('LOSS_NOT_FINITE', {
    at: 'evaluation',
    expected: 'logits that are numbers',
    got: `NaN among rows ${rows.slice(0, 8).join(', ')}`,
    fix: 'Check the weights; train with a lower learning rate.',
  });
}

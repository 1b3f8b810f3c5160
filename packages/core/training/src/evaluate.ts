import { AdapterFusionError, type AnyTaskKind, type RowOutput } from '@adapterfusion/contracts';
import { dispose, read } from '@adapterfusion/tensor';
import { measure } from './measure.js';
import { runBatches } from './run-batches.js';
import type { TrainableModel, TrainingKind, TrainingRow } from './trainable-model.js';

/** How {@link evaluate} measures. */
export interface EvaluateOptions {
  readonly head: string;
  /** What acts on the rows; absent: the model's own composition. */
  readonly composition?: unknown;
  readonly batchSize: number;
  /** Names of metrics of the task kind. */
  readonly metrics: readonly string[];
  readonly kind: TrainingKind;
  /** The id that fills rows up; 0 by default. */
  readonly padId?: number;
  readonly signal?: AbortSignal;
}

/** What {@link evaluate} found. */
export interface Evaluation {
  readonly metrics: { readonly [name: string]: number };
  /** Of each row, in the order of the rows. */
  readonly outputs: readonly RowOutput[];
  /** Of each example, as metrics read it. */
  readonly predictions: readonly unknown[];
}

/**
 * Measures a model in evaluation mode. Rows go through it batch by batch, longest first.
 * @throws ABORTED when the signal is raised between two batches; LOSS_NOT_FINITE for an output that is not a number
 */
export async function evaluate(
  model: Pick<TrainableModel, 'logits' | 'rowGroup'>,
  rows: readonly TrainingRow[],
  { head, composition, batchSize, metrics, kind, padId = 0, signal }: EvaluateOptions,
): Promise<Evaluation> {
  const outputs = new Array<RowOutput>(rows.length);
  const run = { batchSize, rowGroup: model.rowGroup?.(composition), padId, signal, at: 'evaluation' };
  for await (const { indices, batch } of runBatches(rows, run)) {
    const output = model.logits(batch, { head, composition, rows: indices });
    const values = await read(output);
    dispose(output);
    if (values.some(Number.isNaN)) throw notFinite(indices.map((index) => rows[index]!.at ?? `row ${index}`));
    const [inputs, ...shape] = output.shape as [number, ...number[]];
    const width = values.length / inputs;
    let from = 0;
    for (const index of indices) {
      const { length } = rows[index]!.group;
      const until = from + length * width;
      outputs[index] = { values: values.slice(from, until), shape: [length, ...shape] };
      from = until;
    }
  }
  const predictions = examplePredictions(kind, rows, outputs);
  return { metrics: measure(kind, metrics, predictions, exampleTargets(kind, rows)), outputs, predictions };
}

/** The answer to each example as metrics read it. @param outputs of each row */
export function examplePredictions(
  kind: Pick<AnyTaskKind, 'decode' | 'prediction'>,
  rows: readonly TrainingRow[],
  outputs: readonly RowOutput[],
): unknown[] {
  return exampleSpans(rows).map(([from, until]) => {
    const answer = kind.decode(
      outputs.slice(from, until),
      rows.slice(from, until),
      rows[from]!.example ?? {},
    ) as object;
    return kind.prediction(answer) as unknown;
  });
}

/** Where the rows of each example begin and end. */
export function exampleSpans(rows: readonly TrainingRow[]): (readonly [from: number, until: number])[] {
  const begins = [...rows.keys()].filter(
    (row) => row === 0 || rows[row]!.example === undefined || rows[row]!.example !== rows[row - 1]!.example,
  );
  return begins.map((from, at) => [from, begins[at + 1] ?? rows.length] as const);
}

/** The first row of each example. */
export const exampleRows = (rows: readonly TrainingRow[]): TrainingRow[] =>
  exampleSpans(rows).map(([from]) => rows[from]!);

/** The target of each example of the rows. */
export const exampleTargets = (kind: Pick<TrainingKind, 'target'>, rows: readonly TrainingRow[]): unknown[] =>
  exampleRows(rows).map((row) => targetOf(kind, row));

const targetOf = (kind: Pick<TrainingKind, 'target'>, { example, target }: TrainingRow): unknown =>
  example === undefined ? target : kind.target(example);

function notFinite(rows: readonly string[]): AdapterFusionError {
  return new AdapterFusionError('LOSS_NOT_FINITE', {
    at: 'evaluation',
    expected: 'outputs that are numbers',
    got: `NaN among rows ${rows.slice(0, 8).join(', ')}`,
    fix: 'Check the weights; train with a lower learning rate.',
  });
}

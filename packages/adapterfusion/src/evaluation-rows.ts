import { AdapterFusionError, type Example, type Files, type Split } from '@adapterfusion/contracts';
import { collect } from '@adapterfusion/data';
import { computeMetrics } from '@adapterfusion/metrics';
import type { Registry, Setup } from '@adapterfusion/runtime';
import type { LoadedModel } from './load.js';
import { areRows } from './memory-rows.js';
import type { CommonOptions, DataOptions } from './options.js';
import type { Input, Prediction } from './prediction.js';
import { isPath, openData, type OpenData } from './rows.js';

/** Rows that a model is measured on, in its own terms. */
export interface EvaluationRows {
  readonly data: OpenData;
  readonly split: Split;
  /** Whether the model was trained on these rows, or on some of them. */
  readonly trainedOn: boolean;
  readonly examples: readonly Example[];
  readonly inputs: readonly Input[];
  /** Indices into the model's labels or the row's choices; in regression the numbers. */
  readonly truth: readonly number[];
  /** The model's labels as the data calls them. */
  readonly names: readonly string[];
}

/** What a model answers, for reading and for measuring. */
type Answering = Pick<LoadedModel, 'labels' | 'task'>;

/**
 * Reads labelled rows for a model: of one file all of them, of a task its validation rows, unless a split is named.
 * @param training what the bundle says of its training: a warning tells where all rows of a file include those
 * @throws LABEL_UNKNOWN, DATA_INVALID and what opening data throws
 */
export async function readRows(
  model: Answering,
  options: DataOptions &
    Pick<CommonOptions, 'onWarning'> & { readonly split?: Split; readonly files: Files; readonly registry: Registry },
  training: Setup['training'],
): Promise<EvaluationRows> {
  const { files, registry } = options;
  const held = areRows(options.data);
  const path =
    typeof options.data === 'string' && (await isPath(options.data, files, registry)) ? options.data : undefined;
  const own = held || path !== undefined;
  const alone = areRows(options.data)
    ? Object.keys(options.data).length === 1
    : path !== undefined && (await files.kind(path)) === 'file';
  const whole = alone && options.split === undefined;
  const split = options.split ?? (whole ? 'train' : 'validation');
  const known = model.task === 'classification' ? { labels: model.labels } : { task: model.task };
  // Shares that are cut off for training do not count where all rows are wanted.
  const uncut = whole ? { validation: 0, test: 0 } : {};
  const dataOptions = { ...(own ? known : {}), ...options.dataOptions, ...uncut };
  const data = await openData({ ...options, dataOptions }, files, registry);
  const trainedOn = split === 'train' && !held && dataOf(training).includes(data.name);
  if (whole && trainedOn)
    options.onWarning?.(
      `${data.name}: all of its rows are taken, also those that were trained on; "validation" is those that were not (--split).`,
    );
  const { type } = data.dataset.task;
  if (type !== model.task) throw otherTask(model.task, type, data.name);
  const examples = await collect(data.dataset, split, data.source);
  const indices = type === 'classification' ? matchLabels(model.labels, data.labels, data.name) : [];
  return {
    data,
    split,
    trainedOn,
    examples,
    inputs: examples.map(({ text, pair, choices }) =>
      choices ? { text, choices } : pair === undefined ? text : { text, pair },
    ),
    truth: examples.map(({ label, at }) => indices[checkLabel(label, at)] ?? checkLabel(label, at)),
    names: model.labels.map((label, index) => data.labels[indices.indexOf(index)] ?? label),
  };
}

/** The names of the data that a bundle says it was trained on. */
function dataOf({ data, tasks }: Setup['training']): unknown[] {
  return [data, ...(Array.isArray(tasks) ? tasks.map((task: { readonly data?: unknown }) => task.data) : [])];
}

/** The answers as numbers, and the metrics of the task. */
export function scoreRows(
  { data, truth, names }: EvaluationRows,
  model: Answering,
  predictions: readonly Prediction[],
): { predicted: number[]; metrics: Record<string, number> } {
  const predicted = predictions.map(({ label, choice, value }) => choice ?? value ?? model.labels.indexOf(label));
  const named = names.length > 0 ? { labels: [...names] } : {};
  return { predicted, metrics: computeMetrics([...data.metrics], predicted, truth, named) };
}

const otherTask = (own: string, data: string, at: string): AdapterFusionError =>
  new AdapterFusionError('LABEL_UNKNOWN', {
    at,
    expected: `data for ${own}, which the bundle was trained for`,
    got: data,
    fix: 'Use data of the same kind.',
  });

/**
 * For each of the data's labels the index that the bundle has for it: by name, or by position where the bundle has numbers
 * in the place of names, as imports do.
 */
function matchLabels(own: readonly string[], data: readonly string[], at: string): number[] {
  if (data.every((label) => own.includes(label))) return data.map((label) => own.indexOf(label));
  if (own.length === data.length && own.every((label) => /^(LABEL_)?\d+$/.test(label))) return [...data.keys()];
  throw new AdapterFusionError('LABEL_UNKNOWN', {
    at,
    expected: `the labels of the bundle, ${own.join(', ')}`,
    got: data.join(', '),
    fix: 'Use data of the task that the bundle was trained for.',
  });
}

function checkLabel(label: number | undefined, at = 'the data'): number {
  if (label !== undefined) return label;
  throw new AdapterFusionError('DATA_INVALID', {
    at,
    expected: 'a label',
    got: 'none',
    fix: 'Choose a split whose rows have labels, for example --split validation.',
  });
}

import { AdapterFusionError, identityOf, type Example, type Files, type Split } from '@adapterfusion/contracts';
import { collect } from '@adapterfusion/data';
import type { Registry, Setup } from '@adapterfusion/runtime';
import { measure } from '@adapterfusion/training';
import { areRows } from './memory-rows.js';
import type { OpenKind } from './open-kind.js';
import type { CommonOptions, DataOptions } from './options.js';
import { isPath, openData, parsed, type OpenData } from './rows.js';

/** Rows that a model is measured on, in its own terms. */
export interface EvaluationRows {
  readonly data: OpenData;
  readonly split: Split;
  /** Whether the model was trained on these rows, or on some of them. */
  readonly trainedOn: boolean;
  readonly examples: readonly Example[];
  /** Of each example, with the model's labels. */
  readonly targets: readonly unknown[];
  /** The model's labels as the data calls them. */
  readonly names: readonly string[];
}

/**
 * Reads labelled rows for a model: of one file all of them, of a task its validation rows, unless a split is named.
 * @param training what the bundle says of its training: a warning tells where all rows of a file include those
 * @throws LABEL_UNKNOWN, DATA_INVALID and what opening data throws
 */
export async function readRows(
  { task, kind }: OpenKind,
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
  const { singleLabel = false } = task.plugin.supports;
  const labels = kind.labels.length > 1 ? { labels: kind.labels } : {};
  const known = singleLabel ? labels : { task: task.plugin.id, ...labels };
  // Shares that are cut off for training do not count where all rows are wanted.
  const uncut = whole ? { validation: 0, test: 0 } : {};
  const dataOptions = { ...(own ? known : {}), ...options.dataOptions, ...uncut };
  const data = await openData({ ...options, dataOptions }, files, registry);
  const trainedOn = split === 'train' && !held && dataOf(training).includes(data.name);
  if (whole && trainedOn)
    options.onWarning?.(
      `${data.name}: all of its rows are taken, also those that were trained on; "validation" is those that were not (--split).`,
    );
  if (identityOf(data.task.plugin) !== identityOf(task.plugin))
    throw otherTask(task.plugin.id, data.task.plugin.id, data.name);
  const rows = (await collect(data.dataset, split, data.source)).map((row) => {
    const example = parsed(data, row);
    return { example, target: checkTarget(data.kind.target(example), example.at) };
  });
  const indices = matchLabels(kind.labels, data.labels, data.name, singleLabel);
  return {
    data,
    split,
    trainedOn,
    examples: rows.map(({ example }) => example),
    targets: rows.map(({ target }) => (singleLabel ? indices[target as number]! : target)),
    names: kind.labels.map((label, index) => data.labels[indices.indexOf(index)] ?? label),
  };
}

/** The names of the data that a bundle says it was trained on. */
function dataOf({ data, tasks }: Setup['training']): unknown[] {
  return [data, ...(Array.isArray(tasks) ? tasks.map((task: { readonly data?: unknown }) => task.data) : [])];
}

/** The answers as metrics read them, and the metrics of the task. */
export function scoreRows(
  { data, targets }: EvaluationRows,
  { kind }: OpenKind,
  predictions: readonly object[],
): { predicted: unknown[]; metrics: Record<string, number> } {
  const predicted = predictions.map((answer) => kind.prediction(answer) as unknown);
  return { predicted, metrics: measure(kind, data.metrics, predicted, targets) };
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
 * @param anyOrder whether labels may come in another order, and some of them be missing
 * @throws LABEL_UNKNOWN
 */
function matchLabels(own: readonly string[], data: readonly string[], at: string, anyOrder: boolean): number[] {
  const same = own.length === data.length && own.every((label, index) => label === data[index]);
  if (same || (anyOrder && data.every((label) => own.includes(label)))) return data.map((label) => own.indexOf(label));
  if (own.length === data.length && own.every((label) => /^(LABEL_)?\d+$/.test(label))) return [...data.keys()];
  throw new AdapterFusionError('LABEL_UNKNOWN', {
    at,
    expected: `the labels of the bundle, ${own.join(', ')}`,
    got: data.join(', '),
    fix: 'Use data of the task that the bundle was trained for.',
  });
}

function checkTarget(target: unknown, at = 'the data'): unknown {
  if (target !== undefined) return target;
  throw new AdapterFusionError('DATA_INVALID', {
    at,
    expected: 'a label',
    got: 'none',
    fix: 'Choose a split whose rows have labels, for example --split validation.',
  });
}

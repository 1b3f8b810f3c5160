import { AdapterFusionError, type Split } from '@adapterfusion/contracts';
import { classReports, computeMetrics, confusionMatrix, type ClassReport } from '@adapterfusion/metrics';
import { load, type LoadOptions } from './load.js';
import type { DataOptions } from './options.js';
import { filesOf } from './platform.js';
import { registryOf } from './in-house.js';
import { openData } from './rows.js';
import { collect } from '@adapterfusion/data';

/** Options of {@link evaluate}. */
export interface EvaluateOptions extends LoadOptions, DataOptions {
  /** Which rows. Default `validation`. */
  readonly split?: Split;
  /** Longest input in tokens. Default 128. */
  readonly maxLength?: number;
  /** How many of the worst-scored rows to return. Default 20. */
  readonly worst?: number;
}

/** A row that the model got wrong by far: the loss is −log of the label's probability, in regression the squared error. */
export interface WorstRow {
  readonly at?: string;
  readonly text: string;
  readonly pair?: string;
  readonly choices?: readonly string[];
  readonly label: string;
  readonly predicted: string;
  readonly loss: number;
}

/** What {@link evaluate} found. */
export interface EvaluationReport {
  readonly data: string;
  readonly split: Split;
  readonly rows: number;
  readonly metrics: { readonly [name: string]: number };
  /** Of each label; none in regression and multiple choice. */
  readonly classes: readonly (ClassReport & { readonly label: string })[];
  /** Rows: the label; columns: what was predicted. */
  readonly confusion: readonly (readonly number[])[];
  readonly labels: readonly string[];
  readonly worst: readonly WorstRow[];
}

/**
 * Measures a bundle on data: metrics, each class, confusion matrix, the worst-scored rows.
 * @throws as `load` and as reading data does; LABEL_UNKNOWN when the data has labels that the bundle lacks
 */
export async function evaluate(path: string, options: EvaluateOptions): Promise<EvaluationReport> {
  const files = filesOf(options.files);
  const registry = await registryOf(options, files);
  const model = await load(path, { ...options, files, registry });
  try {
    const own = typeof options.data === 'string' && (await files.kind(options.data)) !== undefined;
    const whole = own && options.split === undefined && (await files.kind(options.data)) === 'file';
    const split = options.split ?? (whole ? 'train' : 'validation');
    const fixed = own ? { labels: model.labels, ...(whole ? { validation: 0, test: 0 } : {}) } : {};
    const data = await openData({ ...options, dataOptions: { ...fixed, ...options.dataOptions } }, files, registry);
    const { type } = data.dataset.task;
    if (type !== model.task) throw otherTask(model.task, type, data.name);
    const examples = await collect(data.dataset, split, data.source);
    const indices = type === 'classification' ? matchLabels(model.labels, data.labels, data.name) : [];
    const truth = examples.map(({ label, at }) => indices[checkLabel(label, at)] ?? checkLabel(label, at));
    const inputs = examples.map(({ text, pair, choices }) =>
      choices ? { text, choices } : pair === undefined ? text : { text, pair },
    );
    const predictions = await model.predict(inputs, {
      maxLength: options.maxLength ?? 128,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const names = model.labels.map((own, index) => data.labels[indices.indexOf(index)] ?? own);
    const predicted = predictions.map(({ label, choice, value }) => choice ?? value ?? model.labels.indexOf(label));
    const matrix = names.length > 0 ? confusionMatrix(predicted, truth, names.length) : [];
    const worst = examples
      .map(({ text, pair, choices, at }, index): WorstRow => {
        const [wanted, got] = [truth[index]!, predicted[index]!];
        const nameOf = (answer: number): string =>
          type === 'regression' ? String(answer) : (choices ?? names)[answer]!;
        const score = (): number => predictions[index]!.scores[choices ? wanted : model.labels[wanted]!]!;
        return {
          ...(at === undefined ? {} : { at }),
          text,
          ...(pair === undefined ? {} : { pair }),
          ...(choices === undefined ? {} : { choices }),
          label: nameOf(wanted),
          predicted: nameOf(got),
          loss: type === 'regression' ? (wanted - got) ** 2 : -Math.log(Math.max(score(), 1e-12)),
        };
      })
      .sort((a, b) => b.loss - a.loss)
      .slice(0, options.worst ?? 20);
    const named = names.length > 0 ? { labels: [...names] } : {};
    return {
      data: data.name,
      split,
      rows: examples.length,
      metrics: computeMetrics([...data.dataset.metrics], predicted, truth, named),
      classes: classReports(matrix).map((report, index) => ({ label: names[index]!, ...report })),
      confusion: matrix,
      labels: names,
      worst,
    };
  } finally {
    model.dispose();
  }
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

import {
  AdapterFusionError,
  option,
  parseOptions,
  type Fields,
  type Split,
  type TextExample,
} from '@adapterfusion/contracts';
import { classReports, confusionMatrix, type ClassReport } from '@adapterfusion/metrics';
import { checkOptions } from './known-options.js';
import { readRows, scoreRows } from './evaluation-rows.js';
import { loadWithSetup, type LoadOptions } from './load.js';
import type { DataOptions } from './options.js';
import { filesOf } from './platform.js';
import { registryOf } from './builtin-plugins.js';

/** Options of {@link evaluate}. */
export interface EvaluateOptions extends LoadOptions, DataOptions {
  /** Which rows. Default: all of a file of one's own, else `validation`. */
  readonly split?: Split;
  /** Longest input in tokens. Default: that of the bundle's training, or the encoder's where the bundle names none. */
  readonly maxLength?: number;
  /** How many of the worst-scored rows to return. Default 20. */
  readonly worst?: number;
}

/** A row that the model got wrong by far: the loss is the kind's: −log of the label's probability, or the squared error of a number. */
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
  /** Whether the bundle was trained on these rows, or on some of them: its figures then say little about other rows. */
  readonly trainedOn: boolean;
  readonly metrics: { readonly [name: string]: number };
  /** Of each label; none where a target is not one label. */
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
  checkOptions(options, 'evaluate');
  const limits = { worst: option.number(20, { min: 0, integer: true }) };
  const most = parseOptions(limits, { worst: options.worst }, 'evaluate').worst;
  const files = filesOf(options.files);
  const registry = await registryOf(options, files);
  const { model, answers, setup } = await loadWithSetup(path, { ...options, files, registry });
  try {
    if (model.branches.length > 0) throw severalAnswers(path, model.branches);
    const rows = await readRows(answers, { ...options, files, registry }, setup.training);
    const { data, split, examples, targets, names } = rows;
    const predictions = await model.predict<object>(examples as readonly Fields[], {
      ...(options.maxLength === undefined ? {} : { maxLength: options.maxLength }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const { kind } = answers;
    const singleLabel = answers.task.plugin.supports.singleLabel ?? false;
    const { predicted, metrics } = scoreRows(rows, answers, predictions);
    const matrix = singleLabel
      ? confusionMatrix(predicted as readonly number[], targets as readonly number[], names.length)
      : [];
    const worst = examples
      .map((example, index): WorstRow => {
        const { at, pair, choices } = example as Partial<TextExample>;
        const nameOf = (value: unknown): string =>
          singleLabel ? names[value as number]! : kind.describe(value, example);
        return {
          ...(at === undefined ? {} : { at }),
          text: kind.texts(example)[0]!,
          ...(pair === undefined ? {} : { pair }),
          ...(choices === undefined ? {} : { choices }),
          label: nameOf(targets[index]),
          predicted: nameOf(predicted[index]),
          loss: kind.error(predictions[index], targets[index]),
        };
      })
      .sort((a, b) => b.loss - a.loss)
      .slice(0, most);
    return {
      data: data.name,
      split,
      rows: examples.length,
      trainedOn: rows.trainedOn,
      metrics,
      classes: classReports(matrix).map((report, index) => ({ label: names[index]!, ...report })),
      confusion: matrix,
      labels: names,
      worst,
    };
  } finally {
    model.dispose();
  }
}

const severalAnswers = (at: string, branches: readonly string[]): AdapterFusionError =>
  new AdapterFusionError('OPTIONS_INVALID', {
    at,
    expected: 'one answer to each row',
    got: `a set-up with the branches ${branches.join(', ')}`,
    fix: 'Measure one of them: name it with the option "head" (--head).',
  });

import { AdapterFusionError, option, parseOptions, type Split } from '@adapterfusion/contracts';
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
  /** Whether the bundle was trained on these rows, or on some of them: its figures then say little about other rows. */
  readonly trainedOn: boolean;
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
  checkOptions(options, 'evaluate');
  const limits = { worst: option.number(20, { min: 0, integer: true }) };
  const most = parseOptions(limits, { worst: options.worst }, 'evaluate').worst;
  const files = filesOf(options.files);
  const registry = await registryOf(options, files);
  const { model, setup } = await loadWithSetup(path, { ...options, files, registry });
  try {
    if (model.branches.length > 0) throw severalAnswers(path, model.branches);
    const rows = await readRows(model, { ...options, files, registry }, setup.training);
    const { data, split, examples, truth, inputs, names } = rows;
    const predictions = await model.predict(inputs, {
      ...(options.maxLength === undefined ? {} : { maxLength: options.maxLength }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const { predicted, metrics } = scoreRows(rows, model, predictions);
    const matrix = names.length > 0 ? confusionMatrix(predicted, truth, names.length) : [];
    const worst = examples
      .map(({ text, pair, choices, at }, index): WorstRow => {
        const [wanted, got] = [truth[index]!, predicted[index]!];
        const nameOf = (answer: number): string =>
          model.task === 'regression' ? String(answer) : (choices ?? names)[answer]!;
        const score = (): number => predictions[index]!.scores[choices ? wanted : model.labels[wanted]!]!;
        return {
          ...(at === undefined ? {} : { at }),
          text,
          ...(pair === undefined ? {} : { pair }),
          ...(choices === undefined ? {} : { choices }),
          label: nameOf(wanted),
          predicted: nameOf(got),
          loss: model.task === 'regression' ? (wanted - got) ** 2 : -Math.log(Math.max(score(), 1e-12)),
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

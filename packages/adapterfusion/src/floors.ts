import type { Head, LoopSettings } from '@adapterfusion/contracts';
import { computeMetrics, logisticRegression, majorityClass } from '@adapterfusion/metrics';
import { inputsOf } from '@adapterfusion/text';
import { evaluate, labelsOf, resolveSettings, trainLoop, type TrainingRow } from '@adapterfusion/training';
import { FeatureModel } from './feature-model.js';
import type { Session } from './session.js';
import type { Task } from './task.js';

/** Steps that a head gets at least; on features that are computed already they cost next to nothing. */
const LEAST_STEPS = 300;

/** What a simple way answers on the rows that the task is measured on. */
export interface Answers {
  readonly predictions: readonly number[];
  /** Parameters learned for it. */
  readonly trained: number;
}

/** Metrics of answers. */
export const scoreOf = ({ data, measured }: Task, { predictions }: Answers): Record<string, number> =>
  computeMetrics(
    [...data.dataset.metrics],
    [...predictions],
    measured.rows.map(({ label }) => label),
    data.labels.length > 0 ? { labels: [...data.labels] } : {},
  );

/** The most frequent label or choice of the training rows, always; in regression their mean. */
export function majorityAnswers({ data, train, measured }: Task): Answers {
  const labels = labelsOf(train);
  const mean = (): number => labels.reduce((sum, label) => sum + label, 0) / labels.length;
  const guess = data.dataset.task.type === 'regression' ? mean() : majorityClass(labels);
  return { predictions: measured.rows.map(() => guess), trained: 0 };
}

/**
 * Logistic regression on mean embeddings.
 * @param train of the training rows, `[rows, width]` row-major
 * @param test of the measured rows
 */
export function embeddingAnswers(task: Task, width: number, train: Float32Array, test: Float32Array): Answers {
  const classes = task.data.labels.length;
  const truth = labelsOf(task.train);
  const regression = logisticRegression(train, truth, { width, classes });
  return { predictions: regression.predict(test), trained: classes * (width + 1) };
}

/** The head trainer's own, with as many epochs as the task has and enough for a small task to be learned at all. */
export function headSettings({ registry }: Session, { settings, train }: Task): LoopSettings {
  const { seed, batchSize, epochs } = settings;
  const enough = Math.ceil((LEAST_STEPS * batchSize) / train.length);
  const own = registry.configure('trainer', 'head').create({}).defaults;
  return resolveSettings({ seed, batchSize, epochs: Math.max(epochs, enough) }, own);
}

/** Rows whose inputs are features that are computed already. */
export interface FeatureRows {
  /** `[inputs, width]` row-major */
  readonly features: Float32Array;
  /** Each input's only token is its index into the features. */
  readonly rows: readonly TrainingRow[];
}

/** Puts rows and the features of their inputs, in the same order, together. */
export function featureRows(given: readonly TrainingRow[], features: Float32Array): FeatureRows {
  let input = 0;
  const rows = given.map((row): TrainingRow => {
    const [first, ...more] = inputsOf(row).map(() => ({ ids: [input++], types: [0] }));
    return { ...first!, ...(row.more ? { more } : {}), label: row.label };
  });
  return { features, rows };
}

/** Trains a fresh head on features. @returns what it answers on those of other rows */
export async function fitHead(
  { model: { backbone }, backend }: Session,
  { data: { labels, dataset } }: Task,
  head: Head,
  train: FeatureRows,
  test: FeatureRows,
  settings: LoopSettings,
): Promise<Answers> {
  const model = new FeatureModel(head, backbone.hidden, settings.seed);
  try {
    model.use(train.features);
    const phase = { name: 'head', trains: () => true, settings };
    const { rows } = train;
    const tasks = [{ head: 'head', rows, metrics: dataset.metrics, labels }];
    const run = trainLoop({ model, tasks, phase, backend });
    for await (const event of run) void event;
    model.use(test.features);
    const measured = { head: 'head', batchSize: 256, metrics: [], labels };
    const { predictions } = await evaluate(model, test.rows, measured);
    return { predictions, trained: model.parameters.count() };
  } finally {
    model.dispose();
  }
}

import type { Head, LoopSettings } from '@adapterfusion/contracts';
import { computeMetrics, logisticRegression, majorityClass } from '@adapterfusion/metrics';
import { evaluate, resolveSettings, trainLoop, type TrainingRow } from '@adapterfusion/training';
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
    { labels: [...data.labels] },
  );

/** The most frequent label of the training rows, always. */
export function majorityAnswers({ train, measured }: Task): Answers {
  const guess = majorityClass(train.map(({ label }) => label));
  return { predictions: measured.rows.map(() => guess), trained: 0 };
}

/**
 * Logistic regression on mean embeddings.
 * @param train of the training rows, `[rows, width]` row-major
 * @param test of the measured rows
 */
export function embeddingAnswers(task: Task, width: number, train: Float32Array, test: Float32Array): Answers {
  const classes = task.data.labels.length;
  const truth = task.train.map(({ label }) => label);
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

/** Trains a fresh head on the features of the training rows. @returns what it answers on those of the measured ones */
export async function fitHead(
  { model: { backbone }, backend }: Session,
  task: Task,
  head: Head,
  train: Float32Array,
  test: Float32Array,
  settings: LoopSettings,
): Promise<Answers> {
  const { labels, dataset } = task.data;
  const asRows = (rows: readonly TrainingRow[]): TrainingRow[] =>
    rows.map(({ label }, index) => ({ ids: [index], types: [0], label }));
  const model = new FeatureModel(head, backbone.hidden, settings.seed);
  try {
    model.use(train);
    const phase = { name: 'head', trains: () => true, settings };
    const rows = asRows(task.train);
    const tasks = [{ head: 'head', rows, metrics: dataset.metrics, labels }];
    const run = trainLoop({ model, tasks, phase, backend });
    for await (const event of run) void event;
    model.use(test);
    const measured = { head: 'head', batchSize: 256, metrics: ['accuracy'], labels };
    const { predictions } = await evaluate(model, asRows(task.measured.rows), measured);
    return { predictions, trained: model.parameters.count() };
  } finally {
    model.dispose();
  }
}

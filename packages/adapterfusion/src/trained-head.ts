import type { Head, LoopSettings } from '@adapterfusion/contracts';
import { evaluate, trainLoop, type TrainingRow } from '@adapterfusion/training';
import { FeatureModel } from './feature-model.js';
import type { Answers } from './majority.js';
import type { Session } from './session.js';
import { settingsOf, type Task } from './task.js';

/** Steps that a head gets at least; on features that are computed already they cost next to nothing. */
const LEAST_STEPS = 300;

/** The head trainer's own, with as many epochs as the task has and enough for a small task to be learned at all. */
export function headSettings(session: Session, { settings, train }: Task): LoopSettings {
  const { seed, batchSize, epochs } = settings;
  const enough = Math.ceil((LEAST_STEPS * batchSize) / train.length);
  const trainer = session.registry.configure('trainer', 'head');
  const given = { seed, batchSize, epochs: Math.max(epochs, enough) };
  return settingsOf(session, trainer, { method: 'head', rows: train.length }, given);
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
    return { ...row, group: row.group.map(() => ({ ids: [input++], types: [0] })) };
  });
  return { features, rows };
}

/** Trains a fresh head on features. @returns what it answers on those of other rows */
export async function fitHead(
  { model: { backbone }, backend }: Session,
  { data: { kind, metrics } }: Task,
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
    const tasks = [{ head: 'head', rows, metrics, kind }];
    const run = trainLoop({ model, tasks, phase, backend });
    for await (const event of run) void event;
    model.use(test.features);
    const measured = { head: 'head', batchSize: 256, metrics: [], kind };
    const { predictions } = await evaluate(model, test.rows, measured);
    return { predictions, trained: model.parameters.count() };
  } finally {
    model.dispose();
  }
}

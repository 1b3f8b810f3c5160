import type { Head, LoopSettings } from '@adapterfusion/contracts';
import { evaluate, trainLoop } from '@adapterfusion/training';
import { FeatureModel } from './feature-model.js';
import { fitHead, fitOptionsOf, fittedAnswers, sizeOf, type FeatureRows } from './fit-head.js';
import type { Answers } from './majority.js';
import type { Session } from './session.js';
import { settingsOf, type Task } from './task.js';

/** Steps that a head gets at least; on features that are computed already they cost next to nothing. */
const LEAST_STEPS = 300;

/** The head trainer's own, with as many epochs as the task has and enough for a small task to be learned at all. */
function headSettings(session: Session, { settings, train }: Task): LoopSettings {
  const { seed, batchSize, epochs } = settings;
  const enough = Math.ceil((LEAST_STEPS * batchSize) / train.length);
  const trainer = session.registry.configure('trainer', 'head');
  const given = { seed, batchSize, epochs: Math.max(epochs, enough) };
  return settingsOf(session, trainer, { method: 'head', rows: train.length }, given);
}

/**
 * Learns a new head on features, in closed form or, where it has none, in steps.
 * @returns what it answers on those of other rows
 */
export async function headAnswers(
  session: Session,
  task: Task,
  head: Head,
  train: FeatureRows,
  test: FeatureRows,
): Promise<Answers> {
  const { hidden } = session.model.backbone;
  const { kind, metrics } = task.data;
  if (head.fit) {
    const fit = await fitHead(head, kind, train, hidden, fitOptionsOf(task.settings, kind, train.rows));
    return { predictions: await fittedAnswers(head, fit, kind, test, hidden), trained: sizeOf(fit) };
  }
  const settings = headSettings(session, task);
  const model = new FeatureModel(head, hidden, settings.seed);
  try {
    model.use(train);
    const phase = { name: 'head', trains: () => true, settings };
    const tasks = [{ head: 'head', rows: train.rows, metrics, kind }];
    for await (const event of trainLoop({ model, tasks, phase, backend: session.backend })) void event;
    model.use(test);
    const { predictions } = await evaluate(model, test.rows, { head: 'head', batchSize: 256, metrics: [], kind });
    return { predictions, trained: model.parameters.count() };
  } finally {
    model.dispose();
  }
}

import type { AnyConfigured, LoopSettings } from '@adapterfusion/contracts';
import type { TrainingRow } from '@adapterfusion/training';
import { fitHead, fitOptionsOf, setHead } from './fit-head.js';
import type { Composition } from '@adapterfusion/model';
import type { CommonOptions } from './options.js';
import { crossFittedFeatures, foldTasks, keepOwn, type OwnFolds } from './own-folds.js';
import { pause } from './pause.js';
import type { Session } from './session.js';
import type { HeadPrior } from './source-priors.js';
import type { Task } from './task.js';
import { trainerHost, trainerTask } from './trainer-host.js';

/** What trains in a session, in memory. */
export interface SessionRun {
  /** Name of the head. */
  readonly name: string;
  /** What acts on the rows. */
  readonly composition: Composition;
  /** Adapters and fusions of the composition. */
  readonly adapters: readonly string[];
  readonly fusions: readonly string[];
  readonly trainer: AnyConfigured<'trainer'>;
  readonly settings: LoopSettings;
  /** Whether a head that can starts fitted in closed form. */
  readonly fitted: boolean;
  /** Where it may begin then. */
  readonly prior?: HeadPrior | undefined;
  /** The own adapters of the composition that have not seen the rows; the folds are of exactly these rows. */
  readonly own?: OwnFolds | undefined;
}

/**
 * Trains what is on the model, with a composition, on rows of the task, without checkpoints and validation. Afterwards
 * nothing is trainable.
 * @throws ABORTED when the signal is raised
 */
export async function trainInSession(
  session: Session,
  task: Task,
  rows: readonly TrainingRow[],
  { name, composition, adapters, fusions, trainer, settings, fitted, prior, own }: SessionRun,
  options: CommonOptions,
): Promise<void> {
  const { model } = session;
  const { instance } = model.heads.get(name)!;
  const { signal, onProgress } = options;
  const stop = signal ? { signal } : {};
  if (instance.fit && fitted) {
    const { branches } = await crossFittedFeatures(session, rows, instance, [composition], own, stop);
    const { kind } = task.data;
    const fitting = { ...fitOptionsOf(settings, kind, rows), ...(prior ? { prior } : {}) };
    const given = { rows, features: branches[0]! };
    setHead(model, name, await fitHead(instance, kind, given, model.backbone.hidden, fitting));
  }
  const loopTask = { head: name, metrics: task.data.metrics, kind: task.data.kind, composition };
  const tasks = own ? foldTasks(session, loopTask, rows, own) : [{ ...loopTask, rows }];
  const run = trainer.create({}).run({
    ...{ settings, adapters, fusions, head: name },
    tasks: [trainerTask(name, rows, task.data.kind)],
    encoder: [],
    layers: model.backbone.layers,
    ...trainerHost(session, tasks, stop),
    evaluate: () => Promise.resolve({}),
  });
  const stage = adapters.length > 1 ? 'selection' : 'adapter';
  const restore = own && (await keepOwn(session, own));
  try {
    for await (const event of run)
      if (event.type === 'step') onProgress?.({ stage, done: event.step, total: event.steps });
  } finally {
    restore?.();
  }
  await pause(signal, stage);
  model.parameters.setTrainable(() => false);
}

import type { AnyConfigured } from '@adapterfusion/contracts';
import type { Composition } from '@adapterfusion/model';
import type { TrainingRow } from '@adapterfusion/training';
import { headTask } from './open-kind.js';
import type { CommonOptions } from './options.js';
import type { Session } from './session.js';
import { settingsOf, type Task } from './task.js';
import { freeName } from './train-adapter.js';
import { trainInSession } from './train-in-session.js';

/** What a head is trained on. */
export interface HeadRun {
  /** Of the frozen adapters below it; `{ type: 'none' }` for the bare encoder. */
  readonly composition: Composition;
  readonly head: AnyConfigured<'head'>;
  readonly rows: readonly TrainingRow[];
}

/**
 * Trains a new head on a composition whose adapters are frozen, in memory and without checkpoints, and removes it from the
 * model afterwards.
 * @param use is called with the name of the head
 * @throws ABORTED when the signal is raised
 */
export async function withTrainedHead<T>(
  session: Session,
  task: Task,
  { composition, head, rows }: HeadRun,
  options: CommonOptions,
  use: (name: string) => Promise<T>,
): Promise<T> {
  const { model, registry } = session;
  const trainer = registry.configure('trainer', 'head');
  const given = { ...task.given, keep: 'last', patience: 0 } as const;
  const settings = settingsOf(session, trainer, { method: 'head', rows: rows.length }, given);
  const name = freeName([...model.heads.keys()], 'candidate');
  try {
    model.addHead(name, head, task.data.labels, { seed: settings.seed }, headTask(task.data.task));
    const run = { name, composition, adapters: [], fusions: [], trainer, settings, fitted: false };
    await trainInSession(session, task, rows, run, options);
    return await use(name);
  } finally {
    model.parameters.setTrainable(() => false);
    if (model.heads.has(name)) model.remove('heads', name);
  }
}

import type { AnyConfigured } from '@adapterfusion/contracts';
import { headTask } from './open-kind.js';
import type { Composition } from '@adapterfusion/model';
import type { CommonOptions } from './options.js';
import type { OwnFolds } from './own-folds.js';
import { settingsOf } from './task.js';
import { freeName } from './train-adapter.js';
import { trainInSession } from './train-in-session.js';
import type { Workbench } from './workbench.js';

/** What a fusion is trained on, and with which adapters. */
export interface FusionRun {
  readonly fusion: AnyConfigured<'fusion'>;
  /** Places of the rows among the workbench's. */
  readonly rows: readonly number[];
  /** Own adapters that have not seen the rows; without them all rows are seen with the adapters as they are on the model. */
  readonly own?: OwnFolds | undefined;
}

/**
 * Trains a fusion of the workbench's adapters with a head, the adapters frozen, in memory and without checkpoints, and
 * removes both from the model afterwards.
 * @param use is called with the name of the fusion, which is also its head's, and the composition of both
 * @throws ABORTED when the signal is raised
 */
export async function withTrainedFusion<T>(
  bench: Workbench,
  { fusion, rows, own }: FusionRun,
  use: (name: string, composition: Composition) => Promise<T>,
  options: CommonOptions = bench.given.options,
): Promise<T> {
  const { session, task, node, adapters, head } = bench.given;
  const { model, registry } = session;
  const trainer = registry.configure('trainer', 'fusion');
  const method = { method: fusion.plugin.id, rows: task.train.length, unequal: task.unequal };
  const settings = settingsOf(session, trainer, method, { ...task.given, keep: 'last', patience: 0 });
  const { configured } = [...model.heads.values()].find(({ instance }) => instance === head)!;
  const name = freeName([...model.heads.keys(), ...model.fusions.keys()], 'candidate');
  const names = { name, composition: node(name), adapters: adapters.map((each) => each.name), fusions: [name] };
  try {
    model.addFusion(fusion, node(name), { seed: settings.seed });
    model.addHead(name, configured, task.data.labels, { seed: settings.seed }, headTask(task.data.task));
    const given = rows.map((row) => bench.rows[row]!);
    const run = { ...names, trainer, settings, fitted: true, prior: bench.priors.mean, own };
    await trainInSession(session, task, given, run, options);
    return await use(name, names.composition);
  } finally {
    model.parameters.setTrainable(() => false);
    if (model.fusions.has(name)) model.remove('fusions', name);
    if (model.heads.has(name)) model.remove('heads', name);
  }
}

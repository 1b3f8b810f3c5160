import type { TrainingRow } from '@adapterfusion/training';
import { advise } from './advice.js';
import { commandFor } from './commands.js';
import { SELECTION_ROWS } from './composition-rule.js';
import type { TableEvent, TableRow } from './events.js';
import type { TrainingOptions } from './options.js';
import { otherRowsMethods } from './other-rows.js';
import { ONCE } from './own-adapter.js';
import { ONE_FOLD, OWN_FOLDS, ownFolds } from './own-folds.js';
import { linearMethods, seenLoss } from './own-methods.js';
import type { Session } from './session.js';
import { headlineOf, marked, rowOf } from './table-row.js';
import type { Task } from './task.js';
import { OWN_STRATEGY } from './training-defaults.js';
import { Workbench } from './workbench.js';

/**
 * The table that ends `train`: what was trained beside the methods that train nothing in steps, all on the same measured
 * rows. The encoder must be as it was.
 * @param name of the trained head
 * @param others rows of others, for reference lines
 * @throws ABORTED
 */
export async function compareOwn(
  session: Session,
  name: string,
  task: Task,
  { predictions }: { readonly predictions: readonly unknown[] },
  options: TrainingOptions,
  others: readonly TrainingRow[],
): Promise<TableEvent> {
  const { model } = session;
  const { instance } = model.heads.get(name)!;
  const bench = await Workbench.open({
    ...{ session, task, head: instance, adapters: [], own: [], others, options },
    node: (fusion) => ({ type: 'fuse', fusion, lead: '', inputs: 'own', children: [] }),
  });
  const adapts = model.adapters.has(name);
  const trained = model.parameters.count(
    (path) => path.startsWith(`adapters/${name}/`) || path.startsWith(`heads/${name}/`),
  );
  const made = adapts
    ? ({ group: 'own', method: 'own-adapter', name: 'own adapter' } as const)
    : ({ group: 'own', method: 'head', name: 'head, as it was trained' } as const);
  const logLoss = adapts ? await lossOf(bench, name, options) : undefined;
  const saved: TableRow = { ...rowOf(task, made, { predictions, trained }, logLoss), saved: true };
  const lines = await otherRowsMethods(bench, options);
  const rows = [...(await linearMethods(bench)), saved, ...lines].map(({ predictions: _, ...row }) => row);
  const table = marked(rows);
  const metric = headlineOf(task);
  const { data, measured, unknownTokens: unknown } = task;
  const advice = advise({
    ...{ table, metric, split: measured.split, own: [] },
    ...(unknown === undefined ? {} : { unknown }),
    command: (row) => commandFor(row, options, data.name, undefined),
  });
  const where = { data: data.name, split: measured.split, rows: measured.rows.length };
  return { type: 'table', ...where, metric, table, singles: [], ...(advice === undefined ? {} : { advice }) };
}

/** The log-loss of the trained adapter, trained again without the rows of each fold; undefined where the rows are many. */
async function lossOf(
  bench: Workbench,
  name: string,
  { headStart = 'fitted' }: TrainingOptions,
): Promise<number | undefined> {
  const { session, task, options } = bench.given;
  const { trainer } = task;
  if (!task.data.singleLabel || trainer.plugin.id !== OWN_STRATEGY || bench.rows.length >= ONE_FOLD) return undefined;
  const { configured: adapter } = session.model.adapters.get(name)!;
  const { configured: head } = session.model.heads.get(name)!;
  const recipe = { adapter, head, trainer, headStart, settings: { ...task.settings, ...ONCE } };
  // Few rows are learned in seconds; more are certain enough with one fold, and cost as much again as the training.
  const count = bench.rows.length < SELECTION_ROWS ? OWN_FOLDS : 1;
  const folds = await ownFolds(session, task, bench.rows, [{ name, recipe }], options, count);
  return folds && seenLoss(bench, folds.scores.get(name)!);
}

import { composedMethods } from './composed-methods.js';
import type { AttentionSummary, SingleRow, TableEvent, TableRow } from './events.js';
import { adapterMethods } from './adapter-methods.js';
import { advise } from './advice.js';
import { commandFor } from './commands.js';
import type { FuseOptions } from './fuse.js';
import { otherRowsMethods } from './other-rows.js';
import { ownMethods } from './own-methods.js';
import { headlineOf, marked } from './table-row.js';
import { trainedMethods } from './trained-methods.js';
import type { Workbench } from './workbench.js';

/**
 * The table that ends a fusion: all methods on the same measured rows, those of the task's own rows first. Every linear
 * classifier is fitted by the same function with the same effort.
 * @param saved the row of what was saved; where it is the average, it takes that row's place
 * @throws ABORTED
 */
export async function compareMethods(
  bench: Workbench,
  saved: TableRow,
  attention: AttentionSummary,
  options: FuseOptions,
): Promise<TableEvent> {
  const { task, own } = bench.given;
  const { data, measured } = task;
  const { rows, singles } = await methods(bench, saved, options);
  const metric = headlineOf(task);
  const shown = <R extends TableRow>({ predictions, ...row }: R) => (options.answers ? { ...row, predictions } : row);
  const table = marked(place(rows, saved)).map(shown);
  const adapter = options.adapters[bestOf(bench, singles)];
  const unknown = task.unknownTokens;
  const advice = advise({
    ...{ table, metric, split: measured.split, attention },
    own: own.map(({ name }) => name),
    ...(unknown === undefined ? {} : { unknown }),
    command: (row) => commandFor(row, options, data.name, adapter),
  });
  const where = { data: data.name, split: measured.split, rows: measured.rows.length };
  return {
    type: 'table',
    ...where,
    metric,
    table,
    singles: singles.map(shown),
    attention,
    ...(advice === undefined ? {} : { advice }),
  };
}

async function methods(
  bench: Workbench,
  saved: TableRow,
  options: FuseOptions,
): Promise<{ readonly rows: TableRow[]; readonly singles: SingleRow[] }> {
  if (!bench.closedForm) return trainedMethods(bench, options);
  const own = await ownMethods(bench, options);
  const { rows, singles } = await adapterMethods(bench);
  const linear = options.headStart === 'random' || options.compare === 'linear';
  const composed = linear ? [] : await composedMethods(bench, saved.method);
  const others = await otherRowsMethods(bench, options);
  return { rows: [...own, ...rows, ...composed, ...others], singles };
}

/** Puts the saved row at the end, or in the place of the row that it is. */
function place(rows: readonly TableRow[], saved: TableRow): TableRow[] {
  const same = rows.find(({ method, name }) => method === saved.method && name === saved.name);
  if (!same) return [...rows, saved];
  return rows.map((row) => (row === same ? { ...row, ...saved } : row));
}

/** The place of the best adapter alone among the given ones. */
function bestOf({ given: { adapters } }: Workbench, singles: readonly SingleRow[]): number {
  const best = singles.reduce((a, b) => (b.chosenBy > a.chosenBy ? b : a));
  return adapters.findIndex(({ name }) => name === best.adapter);
}

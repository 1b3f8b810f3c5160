import type { LoopSettings } from '@adapterfusion/contracts';
import { stratifiedSplit } from '@adapterfusion/data';
import { exampleTargets, measure } from '@adapterfusion/training';
import type { SingleRow, TableRow } from './events.js';
import { trivialAnswers } from './majority.js';
import { ownAdapterRow, type Compared } from './own-methods.js';
import { rowOf } from './table-row.js';
import { featureRows, fitHead, headSettings, type FeatureRows } from './trained-head.js';
import type { Workbench } from './workbench.js';

/**
 * The methods of a task whose targets are not single labels: the trivial answer; a new head,
 * trained on features of the bare encoder, of each adapter and of their average; an adapter as `train` makes it by default.
 * The best adapter is chosen by such a head on a fifth of the training rows.
 * @throws ABORTED
 */
export async function trainedMethods(
  bench: Workbench,
  options: Compared,
): Promise<{ readonly rows: TableRow[]; readonly singles: SingleRow[] }> {
  const { session, task, head, adapters } = bench.given;
  const [train, measured] = [await bench.train(), await bench.measured()];
  const settings = headSettings(session, task);
  const trainRows = (branch: number): FeatureRows => featureRows(bench.rows, train.branches[branch]!);
  const fit = (branch: number) => {
    const test = featureRows(task.measured.rows, measured.branches[branch]!);
    return fitHead(session, task, head, trainRows(branch), test, settings);
  };
  const singles: SingleRow[] = [];
  for (const { name } of adapters) {
    const branch = bench.branchOf({ adapter: name });
    const chosenBy = await heldOut(bench, trainRows(branch), settings);
    const row = { group: 'adapters', method: 'single', name, adapter: name, chosenBy } as const;
    singles.push(rowOf(task, row, await fit(branch)));
  }
  const { adapter, chosenBy: _, ...best } = singles.reduce((a, b) => (b.chosenBy > a.chosenBy ? b : a));
  const trivial = trivialAnswers(task);
  const rows: TableRow[] = [
    rowOf(task, { group: 'own', method: 'majority', name: trivial.name }, trivial),
    rowOf(task, { group: 'own', method: 'head', name: 'head on the bare encoder' }, await fit(0)),
    ...(options.compare === 'linear' ? [] : [await ownAdapterRow(bench, options)]),
    { ...best, name: `best single adapter (${adapter})` },
  ];
  if (adapters.length === 1) return { rows, singles };
  const average = { group: 'adapters', method: 'average', name: 'average of the adapters' } as const;
  return { rows: [...rows, rowOf(task, average, await fit(bench.branchOf('average')))], singles };
}

/** The first metric of a head on a fifth of the training rows, trained on the rest. */
async function heldOut(bench: Workbench, { features, rows }: FeatureRows, settings: LoopSettings): Promise<number> {
  const { session, task, head } = bench.given;
  const strata = rows.map(() => 0);
  const split = stratifiedSplit(strata, { validation: 0.2, seed: settings.seed }, 'the training rows');
  const [train, held] = [split.train, split.validation].map((part) => part.map((row) => rows[row]!));
  const parts = [train!, held!].map((part) => ({ features, rows: part }));
  const { predictions } = await fitHead(session, task, head, parts[0]!, parts[1]!, settings);
  const metric = task.data.metrics[0]!;
  const { kind } = task.data;
  return measure(kind, [metric], predictions, exampleTargets(kind, held!))[metric]!;
}

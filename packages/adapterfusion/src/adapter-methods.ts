import type { SingleRow, TableRow } from './events.js';
import type { LinearFit } from './linear-fit.js';
import { sourceHeads } from './source-heads.js';
import { likeliest, rowOf } from './table-row.js';
import type { Workbench } from './workbench.js';

/**
 * Methods for labels that use the given adapters: their own heads where labels agree, the best adapter alone, and the
 * average; each but the first with a linear head in closed form.
 * @returns rows of the table, and each adapter alone
 */
export async function adapterMethods(
  bench: Workbench,
): Promise<{ readonly rows: TableRow[]; readonly singles: SingleRow[] }> {
  const { task, adapters, session } = bench.given;
  const classes = task.data.labels.length;
  const trained = classes * (session.model.backbone.hidden + 1);
  const { branches } = await bench.measured();
  const answersOf = (fit: LinearFit, branch: number) => ({
    predictions: likeliest(fit.probabilities(branches[branch]!), classes),
    trained,
  });
  const singles: SingleRow[] = [];
  for (const { name } of adapters) {
    const branch = bench.branchOf({ adapter: name });
    const fit = await bench.fit(branch);
    const row = {
      group: 'adapters',
      method: 'single',
      name,
      adapter: name,
      chosenBy: -(fit.logLoss ?? Infinity),
    } as const;
    singles.push(rowOf(task, row, answersOf(fit, branch), fit.logLoss));
  }
  const { adapter, chosenBy: _, ...best } = singles.reduce((a, b) => (b.chosenBy > a.chosenBy ? b : a));
  const rows = [...(await sourceHeads(bench)), { ...best, name: `best single adapter (${adapter})` }];
  if (adapters.length === 1) return { rows, singles };
  const average = bench.branchOf('average');
  const fit = await bench.fit(average);
  const row = { group: 'adapters', method: 'average', name: averageName() } as const;
  return { rows: [...rows, rowOf(task, row, answersOf(fit, average), fit.logLoss)], singles };
}

/** How the table calls the average. @param strength of it */
export const averageName = (strength = 1): string =>
  strength === 1 ? 'average of the adapters' : `average of the adapters, strength ${strength}`;

import type { SingleRow, TableRow } from './events.js';
import { sourceHeads } from './source-heads.js';
import { averageName } from './fusion-names.js';
import { rowOf } from './table-row.js';
import type { Workbench } from './workbench.js';

/**
 * Methods that use the given adapters, of a head with a closed form: their own heads where labels agree, the best adapter
 * alone, and the average; each but the first with such a head.
 * @returns rows of the table, and each adapter alone
 */
export async function adapterMethods(
  bench: Workbench,
): Promise<{ readonly rows: TableRow[]; readonly singles: SingleRow[] }> {
  const { task, adapters } = bench.given;
  const singles: SingleRow[] = [];
  for (const { name } of adapters) {
    const branch = bench.branchOf({ adapter: name });
    const { loss } = await bench.fit(branch);
    const row = {
      group: 'adapters',
      method: 'single',
      name,
      adapter: name,
      chosenBy: -(loss ?? Infinity),
    } as const;
    singles.push(rowOf(task, row, await bench.answers(branch), loss));
  }
  const { adapter, chosenBy: _, ...best } = singles.reduce((a, b) => (b.chosenBy > a.chosenBy ? b : a));
  const rows = [
    ...(task.data.singleLabel ? await sourceHeads(bench) : []),
    { ...best, name: `best single adapter (${adapter})` },
  ];
  if (adapters.length === 1) return { rows, singles };
  const average = bench.branchOf('average');
  const { loss } = await bench.fit(average);
  const row = { group: 'adapters', method: 'average', name: averageName() } as const;
  return { rows: [...rows, rowOf(task, row, await bench.answers(average), loss)], singles };
}

import { evaluate } from '@adapterfusion/training';
import type { Method, TableRow } from './events.js';
import { describeFusion } from './fusion-names.js';
import { rowOf } from './table-row.js';
import { withTrainedFusion } from './train-fusion.js';
import type { Workbench } from './workbench.js';

/** Fusions that the table has beside the one that is saved, as they are trained by default. */
const COMPOSED = [
  ['scaling', {}],
  ['attention', { initial: 'average' }],
] as const;

/**
 * The trained fusions of the table, each trained as `fuse` trains it by default, with a head that starts fitted.
 * @param saved the method that is in the table already
 * @throws ABORTED
 */
export async function composedMethods(bench: Workbench, saved: Method): Promise<TableRow[]> {
  const { session, task, adapters } = bench.given;
  const { model, registry, tokenizer } = session;
  if (adapters.length === 1) return [];
  const rows: TableRow[] = [];
  const own = bench.rows.length === task.train.length ? await bench.folds() : undefined;
  for (const [method, options] of COMPOSED) {
    if (method === saved || !registry.has('fusion', method)) continue;
    const fusion = registry.configure('fusion', method, options);
    const run = { fusion, rows: [...bench.rows.keys()], own };
    const answers = await withTrainedFusion(bench, run, async (head, composition) => {
      const told = { head, composition, batchSize: 32, metrics: [], kind: task.data.kind, padId: tokenizer.padId };
      const { predictions } = await evaluate(model, task.measured.rows, told);
      const trained = model.parameters.count(
        (path) => path.startsWith(`fusions/${head}/`) || path.startsWith(`heads/${head}/`),
      );
      return { predictions, trained };
    });
    const name = `fusion: ${describeFusion(fusion)}`;
    rows.push(rowOf(task, { group: 'adapters', method, name }, answers, bench.losses.get(name)));
  }
  return rows;
}

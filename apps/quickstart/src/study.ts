import { join } from 'node:path';
import type { Output } from '@adapterfusion/terminal';
import { fusion, type Accuracies, type Bench, type Cell } from './cells.js';
import type { DomainName } from './domains.js';
import { begin, Ledger } from './ledger.js';
import type { Budget, Recipe } from './recipe.js';

/** A cell that was measured: accuracies on the target's test rows. */
export interface Measured extends Cell {
  readonly accuracy: Accuracies;
  readonly seconds: number;
}

/** What a study measures. */
export interface StudyPlan {
  readonly targets: readonly DomainName[];
  readonly budgets: readonly Budget[];
  /** How many; they are counted from 0. */
  readonly seeds: number;
}

/**
 * Measures fusion and own adapter of every target, budget and seed. A cell that is in `results.jsonl` is not measured
 * again; adapters are trained once a seed.
 * @throws RESUME_REFUSED where the folder holds a study of other settings or another encoder; ABORTED
 */
export async function study(
  bench: Bench,
  recipe: Recipe,
  plan: StudyPlan,
  output: Output,
): Promise<readonly Measured[]> {
  await begin(bench, 'study.json', { recipe });
  const ledger = new Ledger<Measured>(join(bench.out, 'results.jsonl'));
  const wanted = cellsOf(plan);
  const isDone = (cell: Cell): boolean => ledger.rows.some((row) => sameCell(row, cell));
  let done = wanted.filter(isDone).length;
  for (const cell of wanted) {
    if (isDone(cell)) continue;
    output.progress('study', done, wanted.length, `${cell.target}, ${cell.labels} labels, seed ${cell.seed}`);
    const start = performance.now();
    const accuracy = await fusion(bench, recipe, cell, true);
    await ledger.append({ ...cell, accuracy, seconds: Math.round((performance.now() - start) / 100) / 10 });
    done++;
  }
  output.end();
  return ledger.rows.filter((row) => wanted.some((cell) => sameCell(row, cell)));
}

const cellsOf = ({ targets, budgets, seeds }: StudyPlan): Cell[] =>
  Array.from({ length: seeds }, (_, seed) =>
    targets.flatMap((target) => budgets.map((labels) => ({ target, labels, seed }))),
  ).flat();

const sameCell = (a: Cell, b: Cell): boolean => a.target === b.target && a.labels === b.labels && a.seed === b.seed;

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fuse, train, type TrainingOptions } from 'adapterfusion';
import { DOMAINS, othersOf, type DomainName } from './domains.js';
import { trainingOptions, type Budget, type Pace, type Recipe } from './recipe.js';
import { methodsOf, type Row } from './result.js';
import { follow } from './stage.js';

/** What is trained for. */
export interface Cell {
  readonly target: DomainName;
  readonly labels: Budget;
  readonly seed: number;
}

/** What all cells have in common. */
export interface Bench {
  readonly model: string;
  readonly backend: NonNullable<TrainingOptions['backend']>;
  /** Where bundles lie; an adapter that is there is not trained again. */
  readonly out: string;
  readonly measureOn: 'validation' | 'test';
  readonly signal: AbortSignal;
}

/** An adapter's folder and its accuracy; it is trained unless it is there. @throws ABORTED */
export async function adapter(
  bench: Bench,
  recipe: Recipe,
  pace: Pace,
  cell: Cell,
): Promise<{ path: string; accuracy: number }> {
  const { target } = cell;
  const key = keyOf(cell, pace);
  const path = join(bench.out, 'adapters', key);
  const manifest = join(path, 'adapterfusion.json');
  if (!existsSync(manifest))
    await follow(train({ ...options(bench, recipe, pace, cell), adapter: recipe.adapter, name: target, out: path }));
  const { metrics } = JSON.parse(readFileSync(manifest, 'utf8')) as { metrics: { name: string; value: number }[] };
  return { path, accuracy: metrics.find(({ name }) => name === 'accuracy')!.value };
}

/** By method; the others only where they were compared. */
export type Accuracies = { readonly own: number; readonly fusion: number } & Partial<Record<Row['method'], number>>;

/**
 * A target's fusion by attention, measured, and its own adapter as it was trained.
 * @param compare whether the other methods are measured too
 * @throws ABORTED
 */
export async function fusion(bench: Bench, recipe: Recipe, cell: Cell, compare: boolean): Promise<Accuracies> {
  const { target, labels, seed } = cell;
  const found: { readonly path: string; readonly accuracy: number }[] = [];
  for (const name of [...othersOf(target), target]) {
    const few = name === target && labels !== 'all';
    const one = { target: name, labels: few ? labels : 'all', seed } as const;
    found.push(await adapter(bench, recipe, few ? recipe.own : recipe.source, one));
  }
  const out = join(bench.out, 'fusions', keyOf(cell, recipe.fusion, recipe.own, recipe.source));
  const adapters = found.map(({ path }) => path);
  const given = { ...options(bench, recipe, recipe.fusion, cell), adapters, name: target, out };
  const { saved, table } = await follow(fuse({ ...given, fusion: 'attention', overwrite: true, compare }));
  rmSync(out, { recursive: true, force: true });
  const methods = table ? methodsOf(table, target).map(({ method, accuracy }) => [method, accuracy]) : [];
  const measured = { own: found[found.length - 1]!.accuracy, fusion: saved.metrics['accuracy']! };
  return { ...(Object.fromEntries(methods) as Partial<Record<Row['method'], number>>), ...measured };
}

/** A name for what is trained: an interrupted run of other settings is another run. */
const keyOf = ({ target, labels, seed }: Cell, ...paces: readonly Pace[]): string =>
  [target, labels, seed, ...paces.flatMap(({ learningRate, steps }) => [learningRate, steps])].join('-');

function options({ out: _, ...bench }: Bench, recipe: Recipe, pace: Pace, { target, labels, seed }: Cell) {
  return { ...bench, ...trainingOptions(recipe, pace, labels, seed), data: DOMAINS[target].task, validate: false };
}

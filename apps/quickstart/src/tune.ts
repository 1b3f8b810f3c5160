import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Output } from '@adapterfusion/terminal';
import { adapter, fusion, type Bench } from './cells.js';
import type { DomainName } from './domains.js';
import { begin, Ledger } from './ledger.js';
import type { Pace, Recipe } from './recipe.js';
import { mean, standardError } from './statistics.js';

/** What settings are chosen on, once for all targets and budgets. */
const TUNED_ON = { target: 'restaurants', labels: 64 } as const satisfies { target: DomainName; labels: number };

type Part = 'source' | 'own' | 'fusion';

/** One try. */
export interface Tried extends Pace {
  readonly part: Part;
  readonly seed: number;
  /** Of a fusion: how its adapters were trained. */
  readonly of?: Pick<Recipe, 'source' | 'own'>;
  /** On the validation rows. */
  readonly accuracy: number;
}

/** What is tried. */
export type Grid = Readonly<
  Record<Part, { readonly learningRate: readonly number[]; readonly steps: readonly number[] }>
>;

export const GRID: Grid = {
  source: { learningRate: [1e-3, 2e-3, 4e-3, 8e-3], steps: [150] },
  own: { learningRate: [2e-4, 5e-4, 1e-3, 2e-3, 4e-3, 8e-3], steps: [20, 40, 80, 160] },
  fusion: { learningRate: [1e-4, 3e-4, 1e-3, 3e-3], steps: [40, 80, 160] },
};

/**
 * Chooses learning rates and steps on the validation rows of one target, one part after the other: adapters on all labels, the
 * own adapter on 64, the fusion on 64. Of the tries within one standard error of the best mean over seeds the one with the
 * fewest steps wins, among these the best. Resumable.
 * @throws RESUME_REFUSED, ABORTED
 */
export async function tune(bench: Bench, recipe: Recipe, grid: Grid, seeds: number, output: Output): Promise<Recipe> {
  const { source: _s, own: _o, fusion: _f, ...fixed } = recipe;
  await begin(bench, 'tuning.json', { fixed, grid });
  const ledger = new Ledger<Tried>(join(bench.out, 'tuning.jsonl'));
  const { target, labels } = TUNED_ON;
  let chosen = recipe;
  for (const part of ['source', 'own', 'fusion'] as const) {
    const paces = grid[part].steps.flatMap((steps) =>
      grid[part].learningRate.map((learningRate) => ({ learningRate, steps })),
    );
    const of = part === 'fusion' ? { of: { source: chosen.source, own: chosen.own } } : {};
    const found: Found[] = [];
    for (const [index, pace] of paces.entries()) {
      const scores: number[] = [];
      for (let seed = 0; seed < seeds; seed++) {
        output.progress(`tune ${part}`, index * seeds + seed, paces.length * seeds);
        const cell = { part, ...pace, seed, ...of };
        const known = ledger.rows.find(({ accuracy: _, ...tried }) => isDeepStrictEqual(tried, cell));
        const attempt = { ...chosen, [part]: pace };
        const score = async (): Promise<number> => {
          if (part === 'fusion') return (await fusion(bench, attempt, { target, labels, seed }, false)).fusion;
          const budget = part === 'own' ? labels : 'all';
          return (await adapter(bench, attempt, pace, { target, labels: budget, seed })).accuracy;
        };
        const accuracy = known?.accuracy ?? (await score());
        if (!known) await ledger.append({ ...cell, accuracy });
        scores.push(accuracy);
      }
      found.push({ pace, mean: mean(scores), error: standardError(scores) });
    }
    chosen = { ...chosen, [part]: simplest(found) };
    output.end();
    output.note(
      `${part}: ${found.map(({ pace, mean, error }) => `${pace.learningRate} × ${pace.steps} ${(mean * 100).toFixed(1)} ± ${(error * 100).toFixed(1)} %`).join(', ')}`,
    );
  }
  return chosen;
}

/** What was found with a pace: the mean over seeds and its standard error. */
interface Found {
  readonly pace: Pace;
  readonly mean: number;
  /** NaN for one seed. */
  readonly error: number;
}

/** The one-standard-error rule: the fewest steps that are not worse than the best as far as the seeds can tell. */
export function simplest(found: readonly Found[]): Pace {
  const best = bestOf(found);
  const good = found.filter(({ mean }) => mean >= best.mean - (best.error || 0));
  const fewest = Math.min(...good.map(({ pace }) => pace.steps));
  return bestOf(good.filter(({ pace }) => pace.steps === fewest)).pace;
}

const bestOf = (found: readonly Found[]): Found => found.reduce((a, b) => (b.mean > a.mean ? b : a));

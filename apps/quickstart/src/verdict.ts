import { percent } from '@adapterfusion/terminal';
import type { TableRow } from 'adapterfusion';
import type { Result } from './quickstart.js';

/** What came out, in plain words. */
export interface Verdict {
  /** The saved composition against the own rows; `same` within one standard error of an accuracy. */
  readonly composition: 'better' | 'same' | 'worse';
  /** A sentence or two. */
  readonly words: string;
  /** How far it is to be trusted. */
  readonly caution: string;
  /** What to try next. */
  readonly next: readonly string[];
}

type Judged = Pick<Result, 'target' | 'labels' | 'seed'> & {
  readonly table: Pick<Result['table'], 'rows' | 'table'>;
};

/** Labels that every domain has. */
const MOST = 512;

const accuracyOf = ({ metrics }: TableRow): number => metrics['accuracy']!;

/** Compares what was saved with the best method that uses the target's labels alone. */
export function verdict(result: Judged): Verdict {
  const { rows, table } = result.table;
  const saved = table.find((row) => row.saved)!;
  const own = table.filter(({ group }) => group === 'own').reduce((a, b) => (accuracyOf(b) > accuracyOf(a) ? b : a));
  const [mine, theirs] = [accuracyOf(saved), accuracyOf(own)];
  const error = Math.sqrt((theirs * (1 - theirs)) / rows);
  const gain = mine - theirs;
  const found = gain > error ? 'better' : gain < -error ? 'worse' : 'same';
  const more = Math.round(gain * rows);
  const counted = more === 0 ? 'as many' : `${Math.abs(more)} ${more < 0 ? 'fewer' : 'more'}`;
  return {
    composition: found,
    words:
      `${SAID[found]}: ${percent(mine)} % right; the best method without adapters (${own.name}) ${percent(theirs)} % ` +
      `(${counted} of ${rows} sentences).`,
    caution:
      `On ${rows} sentences an accuracy is certain to about ${(196 * error).toFixed(0)} points, ` +
      `and another seed draws other labels: one run proves little.`,
    next: advice(result, found === 'better'),
  };
}

const SAID = {
  better: 'The other domains’ adapters helped',
  same: 'The other domains’ adapters made little difference',
  worse: 'The other domains’ adapters did harm',
};

function advice({ target, labels, seed }: Judged, helped: boolean): string[] {
  const command = (rest: string): string => `npm run quickstart -- ${rest}`;
  const more = Math.min(labels * 4, MOST);
  return [
    ...(helped || labels >= MOST ? [] : [`More labels: ${command(`--target ${target} --labels ${more}`)}`]),
    `Other labels of the same number: ${command(`--target ${target} --labels ${labels} --seed ${seed + 1}`)}`,
    'Means over draws and targets, with intervals: docs/results',
  ];
}

import { percent } from '@adapterfusion/terminal';
import { rowOf, type Result } from './result.js';

/** What came out, in plain words. */
export interface Verdict {
  /** Fusion against the own adapter; `same` within one standard error of an accuracy. */
  readonly fusion: 'better' | 'same' | 'worse';
  /** A sentence or two. */
  readonly words: string;
  /** How far it is to be trusted. */
  readonly caution: string;
  /** What to try next. */
  readonly next: readonly string[];
}

type Judged = Pick<Result, 'table' | 'rows' | 'attention' | 'target' | 'labels' | 'seed'>;

/** Places at which one adapter has nearly all the weight are collapsed. */
const COLLAPSED = 0.95;

/** Labels that every domain has. */
const MOST = 512;

export function verdict(result: Judged): Verdict {
  const { rows, table } = result;
  const [own, fusion] = [rowOf(result, 'own'), rowOf(result, 'fusion')];
  const error = Math.sqrt((own.accuracy * (1 - own.accuracy)) / rows);
  const gain = fusion.accuracy - own.accuracy;
  const found = gain > error ? 'better' : gain < -error ? 'worse' : 'same';
  const more = Math.round(gain * rows);
  const counted = more === 0 ? 'as many' : `${Math.abs(more)} ${more < 0 ? 'fewer' : 'more'}`;
  const best = table.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const words =
    `${SAID[found]}: ${percent(fusion.accuracy)} % right, ${percent(own.accuracy)} % with the own adapter alone ` +
    `(${counted} of ${rows} sentences).`;
  const other = ['fusion', 'own'].includes(best.method)
    ? ''
    : ` Best of all: ${best.name}, ${percent(best.accuracy)} %.`;
  return {
    fusion: found,
    words: words + other,
    caution:
      `On ${rows} sentences an accuracy is certain to about ${(196 * error).toFixed(0)} points, ` +
      `and another seed draws other labels: one run proves little.`,
    next: advice(result, found === 'better'),
  };
}

const SAID = {
  better: 'Fusion did better than the own adapter',
  same: 'Fusion made little difference',
  worse: 'Fusion did worse than the own adapter',
};

function advice({ target, labels, seed, attention }: Judged, helped: boolean): string[] {
  const command = (rest: string): string => `npm run quickstart -- ${rest}`;
  const study = 'Ten seeds, four budgets and all targets, with intervals: npm run quickstart -- --study';
  if (helped) return [`Other labels: ${command(`--target ${target} --labels ${labels} --seed ${seed + 1}`)}`, study];
  const collapsed = attention.sites.filter(({ weights }) => Math.max(...weights) > COLLAPSED).length;
  const leaning =
    collapsed * 2 > attention.sites.length
      ? [
          `The attention has collapsed to one adapter in ${collapsed} of ${attention.sites.length} places: a lower learning rate of the fusion may help (src/recipe.ts).`,
        ]
      : [];
  return [
    ...leaning,
    ...(labels < MOST
      ? [
          `More labels for the fusion to learn from: ${command(`--target ${target} --labels ${Math.min(labels * 4, MOST)}`)}`,
        ]
      : []),
    `Other labels of the same number: ${command(`--target ${target} --labels ${labels} --seed ${seed + 1}`)}`,
    study,
  ];
}

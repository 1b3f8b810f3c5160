import { rowOf, type Result } from './result.js';

/** What came out, in plain words. */
export interface Verdict {
  /** Whether fusion is better than the own adapter. */
  readonly helped: boolean;
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

export function verdict(result: Judged): Verdict {
  const [own, fusion] = [rowOf(result, 'own'), rowOf(result, 'fusion')];
  const more = Math.round((fusion.accuracy - own.accuracy) * result.rows);
  const change = `${percent(fusion.accuracy)} % instead of ${percent(own.accuracy)} % with the own adapter alone`;
  const count = `${Math.abs(more)} ${more < 0 ? 'fewer' : 'more'} of ${result.rows} sentences right`;
  const words =
    more === 0
      ? `Fusion made no difference: ${percent(fusion.accuracy)} % right, as with the own adapter alone.`
      : `Fusion ${more > 0 ? 'helped' : 'did not help'}: ${change}, ${count}.`;
  const best = result.table.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const better = best.accuracy > fusion.accuracy && best.way !== 'own';
  return {
    helped: more > 0,
    words: better ? `${words} Better than both: ${best.name}, ${percent(best.accuracy)} %.` : words,
    caution:
      `On ${result.rows} sentences an accuracy is certain to about ${margin(fusion.accuracy, result.rows)} points, ` +
      `and another seed draws other labels: one run proves little.`,
    next: advice(result, more > 0),
  };
}

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
    `More labels for the fusion to learn from: ${command(`--target ${target} --labels ${Math.min(labels * 4, 512)}`)}`,
    `Other labels of the same number: ${command(`--target ${target} --labels ${labels} --seed ${seed + 1}`)}`,
    study,
  ];
}

const percent = (share: number): string => (share * 100).toFixed(1);

/** Half of a share's 95 % interval, in points. */
const margin = (share: number, rows: number): string => (196 * Math.sqrt((share * (1 - share)) / rows)).toFixed(0);

import { percent } from '@adapterfusion/terminal';
import type { Row } from './result.js';
import { mean, meanInterval } from './statistics.js';
import type { Measured, StudyPlan } from './study.js';

const METHODS: Record<Exclude<Row['method'], 'majority'>, string> = {
  tfidf: 'TF-IDF + LR',
  probe: 'embedding + LR',
  head: 'head only',
  own: 'own adapter',
  other: 'best other',
  average: 'average',
  fusion: 'fusion',
};

/** The study as Markdown: accuracies in percent, mean over seeds, and the paired difference with its interval in points. */
export function studyTable(
  rows: readonly Measured[],
  { targets, budgets }: Pick<StudyPlan, 'targets' | 'budgets'>,
): string {
  const methods = Object.keys(METHODS) as (keyof typeof METHODS)[];
  const lines = [...targets, ...(targets.length > 1 ? (['all'] as const) : [])].flatMap((target) =>
    budgets.map((labels) => {
      const cells = rows.filter((row) => row.labels === labels && (target === 'all' || row.target === target));
      const seeds = [...new Set(cells.map(({ seed }) => seed))];
      // Targets of one seed share adapters and are no independent runs: their mean is one value.
      const differences = seeds.map((seed) => mean(cells.filter((cell) => cell.seed === seed).map(difference)));
      const scores = methods.map((method) => percent(mean(cells.map(({ accuracy }) => accuracy[method] ?? NaN))));
      return [target, String(labels), ...scores, interval(differences), counts(differences)];
    }),
  );
  const head = ['target', 'labels', ...Object.values(METHODS), 'fusion − own', 'better / same / worse'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

const difference = ({ accuracy }: Measured): number => accuracy.fusion - accuracy.own;

function interval(differences: readonly number[]): string {
  const { mean: center, half } = meanInterval(differences);
  const signed = `${center < 0 ? '−' : '+'}${percent(Math.abs(center))}`;
  return Number.isNaN(half) ? signed : `${signed} ± ${percent(half)}`;
}

function counts(differences: readonly number[]): string {
  const count = (sign: number): number =>
    differences.filter((each) => Math.sign(Math.round(each * 1e6)) === sign).length;
  return `${count(1)} / ${count(0)} / ${count(-1)}`;
}

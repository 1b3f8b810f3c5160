import type { Block, Chapter, TableCell } from './document.js';
import type { Results } from './results.js';
import { deviation, mean, pairedInterval } from './statistics.js';

/** Differences up to this are none (the paper's table 2). */
const SAME = 0.003;

/** Strategies that the others are compared with, where the experiment has them. */
const REFERENCES = ['st-a', 'mt-a'];

/** The table in the paper's form: a row a task, a column a strategy, the best in bold. */
export function scoreChapter(results: Results): Chapter {
  const { strategies, targets } = results;
  const rows = targets.map((task): TableCell[] => {
    const all = strategies.map((name) => results.values(name, task));
    const best = Math.max(...all.filter((values) => values.length > 0).map((values) => round(mean(values))));
    return [
      results.metric(task) === 'accuracy' ? task : `${task}, ${results.metric(task)}`,
      ...all.map((values) => ({ text: spread(values), strong: values.length > 0 && round(mean(values)) === best })),
    ];
  });
  const means = strategies.map((name) => {
    const all = targets.map((task) => results.values(name, task));
    return all.every((values) => values.length > 0) ? percent(mean(all.map(mean))) : '';
  });
  const seeds = strategies.map((name) => seedsOf(results, name));
  const deviations = strategies.map((name) => {
    const all = targets.map((task) => results.values(name, task)).filter((values) => values.length > 1);
    return all.length > 0 ? percent(mean(all.map(deviation))) : '';
  });
  const failed = strategies.map((name) => String(results.failed(name)));
  const caption =
    'First metric of each task in percent, mean ± deviation over the seeds; the best of a row in bold. A result of one seed has no deviation.';
  const body = [
    ...rows,
    ...(targets.length > 1 ? [['mean', ...means]] : []),
    ...(deviations.some((text) => text !== '') ? [['mean deviation', ...deviations]] : []),
    ['seeds', ...seeds],
    ['failed runs', ...failed],
  ];
  return { heading: 'Scores', blocks: [{ type: 'table', caption, head: ['task', ...strategies], rows: body }] };
}

/** Better, same and worse than the references, as the paper counts, and by how much with an interval. */
export function comparisonChapter(results: Results): Chapter | undefined {
  const references = results.strategies.filter((name) => REFERENCES.includes(results.trainerOf(name)));
  if (references.length === 0) return undefined;
  return {
    heading: 'Compared',
    blocks: references.flatMap((reference): Block[] => {
      const others = results.strategies.filter((name) => name !== reference);
      return [counts(results, reference, others), differences(results, reference, others)];
    }),
  };
}

function counts(results: Results, reference: string, others: readonly string[]): Block {
  const rows = others.map((name) => {
    const found = results.targets.flatMap((task) => {
      const [own, than] = pairs(results, name, reference, task);
      return own.length > 0 ? [mean(own) - mean(than)] : [];
    });
    const count = (sign: number): string =>
      String(found.filter((each) => (Math.abs(each) <= SAME ? 0 : Math.sign(each)) === sign).length);
    return [name, count(1), count(0), count(-1)];
  });
  const caption = `On how many tasks each is better, the same (within ±0.3 points) or worse than ${reference}, on the seeds that both have`;
  return { type: 'table', caption, head: ['strategy', 'better', 'same', 'worse'], rows };
}

function differences(results: Results, reference: string, others: readonly string[]): Block {
  const rows = others.map((name) => [
    name,
    ...results.targets.map((task): TableCell => {
      const found = pairedRows(results, name, reference, task);
      if (!found) return '';
      const { mean: middle, low, high } = pairedInterval(found);
      return { text: `${signed(middle)} (${signed(low)} to ${signed(high)})`, strong: low > 0 || high < 0 };
    }),
  ]);
  const caption = `Accuracy less that of ${reference} in points, with the paired 95 % bootstrap interval over examples and seeds; in bold where it leaves out 0. Of few seeds the interval says little about others.`;
  return { type: 'table', caption, head: ['strategy', ...results.targets], rows };
}

/** Values of two strategies on the seeds that both have. */
function pairs(results: Results, a: string, b: string, task: string): [number[], number[]] {
  const metric = results.metric(task);
  const both = results.of(a, task).flatMap((own) => {
    const than = results.of(b, task).find(({ seed }) => seed === own.seed);
    return than ? [[own.metrics[metric]!, than.metrics[metric]!] as const] : [];
  });
  return [both.map(([own]) => own), both.map(([, than]) => than)];
}

function pairedRows(results: Results, a: string, b: string, task: string): number[][] | undefined {
  const found = results.of(a, task).flatMap((own) => {
    const than = results.of(b, task).find(({ seed }) => seed === own.seed);
    const [left, right] = [results.right(own), than && results.right(than)];
    return left && right ? [left.map((value, row) => value - right[row]!)] : [];
  });
  return found.length > 0 ? found : undefined;
}

function seedsOf(results: Results, strategy: string): string {
  const counts = results.targets.map((task) => results.of(strategy, task).length).filter((count) => count > 0);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? String(least) : `${least} to ${most}`;
}

/** Parts of a percent that a table shows. */
const round = (value: number): number => Math.round(value * 1000);

export const percent = (value: number): string => (100 * value).toFixed(1);

export const signed = (value: number): string => {
  const text = percent(Math.abs(value));
  return text === '0.0' ? text : `${value < 0 ? '−' : '+'}${text}`;
};

/** Mean ± deviation in percent; of one value the value, of none nothing. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return '';
  return values.length === 1 ? percent(mean(values)) : `${percent(mean(values))} ± ${percent(deviation(values))}`;
}

import type { CellResult, ExperimentResults } from '@adapterfusion/experiment';
import { describe, expect, it } from 'vitest';
import { complaints } from './complaints.spec.js';
import { experimentReport } from './index.js';
import { pairedInterval } from './statistics.js';

const TRUTH = Array.from({ length: 100 }, (_, row) => row % 2);
/** A cell that has the first so many rows right. */
function cell(strategy: string, task: string, seed: number, right: number, more: Partial<CellResult> = {}): CellResult {
  const predictions = TRUTH.map((label, row) => (row < right ? label : 1 - label));
  return {
    ...{
      strategy,
      task,
      seed,
      budget: 'all',
      protocol: 'held-out',
      split: 'validation',
      run: `${strategy}-${task}-${seed}`,
    },
    ...{ metrics: { accuracy: right / 100 }, rows: { train: 10, measured: 100 }, predictions },
    ...{ trainable: 1000, stored: 2000, seconds: 3, losses: [2, 1], history: [] },
    ...more,
  };
}
const stages = [
  { task: 'a', metrics: { a: { accuracy: 0.9 } }, forgetting: {} },
  { task: 'b', metrics: { a: { accuracy: 0.7 }, b: { accuracy: 0.8 } }, forgetting: { a: 0.2 } },
];
const back = [
  { task: 'b', metrics: { b: { accuracy: 0.9 } }, forgetting: {} },
  { task: 'a', metrics: { b: { accuracy: 0.75 }, a: { accuracy: 0.95 } }, forgetting: { b: 0.15 } },
];
const BACK = { name: 'back', trainer: 'sequential' };
const COST = { memory: 9e8, millisecondsPerRow: 1.5 };
const FEWER = { train: 5, measured: 100 };
const attention = (weight: number) => ({
  adapters: ['a', '<b>'],
  sites: [{ site: '0/output_adapter', weights: [weight, 1 - weight] }],
});
const record = { labels: ['no', 'yes'], metrics: ['accuracy'], split: 'validation', truth: TRUTH } as const;
const RESULTS: ExperimentResults = {
  file: {
    ...{ name: 'A *test*', model: '/somewhere/encoder', protocol: 'held-out', seeds: [0, 1] },
    ...{ tasks: { a: {}, b: {} }, strategies: ['full', 'st-a', 'fusion', 'multi-task', 'sequential', BACK] },
  },
  tasks: { a: record, b: record },
  cells: [
    ...[cell('full', 'a', 0, 60), cell('full', 'b', 0, 60), cell('st-a', 'a', 0, 70), cell('st-a', 'a', 1, 74)],
    ...[cell('st-a', 'b', 0, 80), cell('fusion', 'a', 0, 90, { attention: attention(0.9), ...COST })],
    ...[cell('fusion', 'a', 1, 90, { attention: attention(0.5) }), cell('fusion', 'b', 0, 80)],
    ...[cell('multi-task', 'a', 0, 62), cell('multi-task', 'b', 0, 55)],
    ...['a', 'b'].map((task) => cell('sequential', task, 0, 75, { stages, run: 'sequential' })),
    ...['a', 'b'].map((task) => cell('back', task, 0, 75, { stages: back, run: 'back', rows: FEWER })),
  ],
  sources: [cell('st-a', 'c', 0, 66)],
  failed: [{ strategy: 'st-a', task: 'b', seed: 1, budget: 'all', code: 'LOSS_NOT_FINITE', message: 'a | b\n<i>' }],
};
const { html, markdown } = experimentReport(RESULTS);

describe('a report', () => {
  it('is a page that a parser has nothing against and that needs no other file, and Markdown', () => {
    expect(complaints(html)).toEqual([]);
    expect(html).not.toMatch(/\b(src|href)=|url\(|@import|https?:/);
    expect(html.match(/<polyline/g)).toHaveLength(12);
    expect(html).not.toContain('/somewhere');
    expect(markdown).toMatch(/^# A \\\*test\\\*\n\nProtocol "held-out": .* not comparable with the paper’s/);
    for (const heading of [
      'Failed',
      'Scores',
      'Compared',
      'What tasks do to each other',
      'What the fusions rely on',
      'What it costs',
    ])
      expect([html.includes(`<h2>${heading}</h2>`), markdown.includes(`## ${heading}\n`)]).toEqual([true, true]);
  });

  it('has the paper’s table: mean ± deviation over the seeds, the best in bold', () => {
    expect(markdown).toContain('| a | 60.0 | 72.0 ± 2.8 | **90.0 ± 0.0** | 62.0 | 75.0 | 75.0 |');
    expect(markdown).toContain('| b | 60.0 | **80.0** | **80.0** | 55.0 | 75.0 | 75.0 |');
    expect(markdown).toContain('| mean | 60.0 | 76.0 | 85.0 | 58.5 | 75.0 | 75.0 |');
    expect(markdown).toContain('| mean deviation |  | 2.8 | 0.0 |  |  |  |');
    expect(markdown).toContain('| seeds | 1 | 1 to 2 | 1 to 2 | 1 | 1 | 1 |');
    expect(markdown).toContain('| failed runs | 0 | 1 | 0 | 0 | 0 | 0 |');
  });

  it('counts better, same and worse, on the seeds that both have', () => {
    expect(markdown).toContain('| fusion | 1 | 1 | 0 |');
    expect(markdown).toContain('| sequential | 1 | 0 | 1 |');
  });

  it('has paired intervals', () => {
    const [, of] = /\| fusion \| \*\*\+18\.0 \((.*?)\)\*\* \| 0\.0 \(0\.0 to 0\.0\) \|/.exec(markdown)!;
    const [low, high] = of!.split(' to ').map(Number);
    expect(low).toBeGreaterThan(8);
    expect(high).toBeLessThan(30);
  });

  it('has intervals of choices, which have no labels, and none of numbers', () => {
    const intervals = (metric: string): string => {
      const tasks = { a: { ...record, labels: [], metrics: [metric] } };
      const cells = [70, 90].map((right, at) =>
        cell(['st-a', 'fusion'][at]!, 'a', 0, right, { metrics: { [metric]: right / 100 } }),
      );
      return experimentReport({ ...RESULTS, tasks, cells, failed: [] }).markdown;
    };
    expect(intervals('accuracy')).toMatch(/^\| fusion \| \*\*\+20\.0 \(/m);
    expect(intervals('pearson')).toMatch(/^\| fusion \| {2}\|$/m);
  });

  it('has what is forgotten, and what tasks do to each other', () => {
    expect(markdown).toContain('| after a | 90.0 |  |\n| after b | 70.0 | 80.0 |\n| forgotten | +20.0 |  |');
    expect(markdown).toContain('| multi-task − full | +2.0 | −5.0 |');
    expect(markdown).toContain('| back − full | +15.0 \\* | +15.0 \\* |');
  });

  it('has how far orders of learning are apart', () => {
    expect(markdown).toContain('| sequential | 70.0 | 80.0 |\n| back | 95.0 | 75.0 |\n| spread | 25.0 | 5.0 |');
  });

  it('has the adapters that are mixed, and results of others beside these', () => {
    expect(markdown).toContain('| c | st-a | 0 | accuracy | 66.0 | 10 | 100 |');
    const of = (strategy: string, task: string, seed: number, accuracy: number) => ({
      ...{ strategy, task, seed, metrics: { accuracy } },
    });
    const results = [of('st-a', 'a', 0, 0.7), of('st-a', 'a', 1, 0.72), of('st-a', 'c', 0, 0.7)];
    const others = [...results, of('fusion', 'a', 0, 0.8), of('full', 'd', 0, 0.1)];
    const text = experimentReport(RESULTS, { name: 'peer', results: others }).markdown;
    expect(markdown).not.toContain('Beside');
    expect(text).toContain('## Beside peer');
    expect(text).toContain('| st-a | a | 72.0 ± 2.8 | 2 | 71.0 ± 1.4 | 2 | +1.0 |');
    expect(text).toContain('| st-a | c | 66.0 | 1 | 70.0 | 1 | −4.0 |');
    expect(text).toContain('| fusion | a | 90.0 ± 0.0 | 2 | 80.0 | 1 | +10.0 |');
    expect(text).toContain('| fusion − st-a | a | +18.0 | +9.0 |');
    expect(text).not.toContain('| full | d');
  });

  it('has curves of what was measured after the epochs, where that was', () => {
    const history = [1, 2].map((epoch) => ({ epoch, metrics: { accuracy: epoch / 10 } }));
    const cells = [cell('st-a', 'a', 0, 70, { history })];
    const { html: drawn } = experimentReport({ ...RESULTS, cells });
    expect(drawn).toContain('a: first metric after each epoch');
    expect(html).not.toContain('after each epoch');
  });

  it('draws no more curves in one picture than can be told apart', () => {
    const names = Array.from({ length: 13 }, (_, index) => `way ${index}`);
    const file = { ...RESULTS.file, strategies: names.map((name) => ({ name, trainer: 'head' })) };
    const cells = names.map((name) => cell(name, 'a', 0, 70));
    const pictures = experimentReport({ ...RESULTS, file, cells }).html.match(/<figure>[^]*?<\/figure>/g)!;
    expect(pictures.map((picture) => picture.match(/<polyline/g)!.length)).toEqual([7, 6]);
  });

  it('has the mean attention of the seeds, what failed, and what it cost', () => {
    expect(markdown).toContain('| 0/output\\_adapter | 0.70 | 0.30 |');
    expect(html).toContain('<th scope="col">&#60;b&#62;</th>');
    expect(markdown).toContain('| st-a | b | 1 | all | LOSS\\_NOT\\_FINITE | a \\| b \\<i\\> |');
    expect(markdown).toContain('| full | 1,000 | 2,000 | 3 |  |  | 2 |  |');
    expect(markdown).toContain('| fusion | 1,000 | 2,000 | 3 | 900 | 1.5 | 3 |  |');
  });
});

it('the paired interval is that of the normal distribution where rows are many', () => {
  // 2,000 rows, differences of 1 with probability 0.1: deviation 0.3, standard error 0.3 / √2000 = 0.0067.
  const differences = [Array.from({ length: 2000 }, (_, row) => (row % 10 === 0 ? 1 : 0))];
  const { mean, low, high } = pairedInterval(differences);
  expect(mean).toBeCloseTo(0.1, 9);
  expect(low).toBeCloseTo(0.1 - 1.96 * 0.00671, 2);
  expect(high).toBeCloseTo(0.1 + 1.96 * 0.00671, 2);
  // Seeds that differ more than rows: the interval is as wide as the seeds are apart.
  const apart = pairedInterval([new Array<number>(50).fill(0), new Array<number>(50).fill(1)]);
  expect([apart.low, apart.high]).toEqual([0, 1]);
});

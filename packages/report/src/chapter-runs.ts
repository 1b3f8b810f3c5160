import type { AttentionSummary } from 'adapterfusion';
import type { CellResult, FailedCell, SourceResult } from '@adapterfusion/experiment';
import { KINDS } from './curves.js';
import type { Block, Chapter } from './document.js';
import type { Results } from './results.js';
import { percent } from './chapter-scores.js';
import { mean } from './statistics.js';

/** How much each layer of each fusion relies on each adapter (the paper's figure 4): means over the seeds. */
export function attentionChapter(results: Results): Chapter | undefined {
  const blocks = results.strategies.flatMap((name) =>
    results.targets.flatMap((task): Block[] => {
      const found = results.of(name, task).flatMap(({ attention }) => (attention ? [attention] : []));
      if (found.length === 0) return [];
      const caption = `${name} for ${task}: mean weight of each adapter over the tokens of the measured rows, mean of ${counted(found.length, 'seed')}`;
      return [{ type: 'heat', caption, attention: averaged(found) }];
    }),
  );
  return blocks.length > 0 ? { heading: 'What the fusions rely on', blocks } : undefined;
}

function averaged(all: readonly AttentionSummary[]): AttentionSummary {
  const [{ adapters, sites, free }] = all as readonly [AttentionSummary];
  return {
    adapters,
    sites: sites.map(({ site, weights, spread }, at) => ({
      site,
      weights: weights.map((_, child) => mean(all.map((each) => each.sites[at]!.weights[child]!))),
      ...(spread ? { spread: spread.map((_, child) => mean(all.map((each) => each.sites[at]!.spread![child]!))) } : {}),
    })),
    ...(free ? { free } : {}),
  };
}

/** Losses while training, and what was measured after the epochs where choices go by that; of the first seed. */
export function learningChapter(results: Results): Chapter | undefined {
  const kinds = [
    { unit: 'loss', what: 'training loss', valuesOf: ({ losses }: CellResult) => losses },
    {
      unit: 'metric',
      what: 'first metric after each epoch, on the rows that choices go by',
      valuesOf: ({ history }: CellResult) => history.map(({ metrics }) => Object.values(metrics)[0]!),
    },
  ];
  const blocks = kinds.flatMap(({ unit, what, valuesOf }) =>
    results.targets.flatMap((task): Block[] => {
      const curves = results.strategies.flatMap((name) => {
        const [cell] = results.of(name, task);
        const values = cell ? valuesOf(cell) : [];
        return values.length > 1 ? [{ name, values }] : [];
      });
      const caption = `${task}: ${what}, first seed`;
      return parts(curves, KINDS).map((part) => ({ type: 'curves', caption, unit, curves: part }));
    }),
  );
  return blocks.length > 0 ? { heading: 'Learning', blocks } : undefined;
}

/** As few parts as can be of at most so many, each of about as many. */
function parts<T>(all: readonly T[], most: number): (readonly T[])[] {
  const count = Math.ceil(all.length / most);
  const at = (part: number): number => Math.round((part * all.length) / count);
  return Array.from({ length: count }, (_, part) => all.slice(at(part), at(part + 1)));
}

/** What the adapters that are mixed reach on their own tasks, where the table has not these. */
export function sourceChapter(sources: readonly SourceResult[]): Chapter | undefined {
  if (sources.length === 0) return undefined;
  const rows = sources.map(({ strategy, task, seed, metrics, rows: { train, measured } }) => {
    const [[metric, value]] = Object.entries(metrics) as [[string, number]];
    return [task, strategy, String(seed), metric, percent(value), count(train), count(measured)];
  });
  const caption = 'Adapters that are mixed, each on its own task, where that is none of the table’s';
  const head = ['task', 'strategy', 'seed', 'metric', 'value, %', 'rows trained on', 'measured'];
  return { heading: 'Sources', blocks: [{ type: 'table', caption, head, rows }] };
}

/** Parameters, time and memory by strategy; runs that several cells share count once. */
export function costChapter(results: Results): Chapter {
  const rows = results.strategies.map((name) => {
    const runs = [...new Map(results.of(name).map((cell) => [cell.run, cell])).values()];
    const of = (key: 'trainable' | 'stored' | 'seconds'): string =>
      count(Math.round(mean(runs.map((run) => run[key]))));
    const memory = runs.flatMap((run) => run.memory ?? []);
    const latency = results.of(name).flatMap((cell) => cell.millisecondsPerRow ?? []);
    return [
      ...[name, of('trainable'), of('stored'), of('seconds')],
      memory.length > 0 ? count(Math.round(Math.max(...memory) / 1e6)) : '',
      latency.length > 0 ? mean(latency).toFixed(1) : '',
      ...[String(runs.length), rates(runs)],
    ];
  });
  const caption =
    'Means over the runs of each strategy on this machine. Seconds are those of the training steps, adapters that a fusion mixes not included; memory is the most that the process held after a step, whatever it did before; latency that of a measured row in batches of 32';
  const head = [
    ...['strategy', 'parameters trained', 'stored', 'seconds', 'memory, MB', 'latency, ms', 'runs'],
    'chosen learning rates',
  ];
  return { heading: 'What it costs', blocks: [{ type: 'table', caption, head, rows }] };
}

function rates(runs: readonly CellResult[]): string {
  return [...new Set(runs.flatMap(({ learningRate }) => (learningRate === undefined ? [] : [learningRate])))].join(
    ', ',
  );
}

/** Cells without a result, and why. */
export function failureChapter(failed: readonly FailedCell[]): Chapter | undefined {
  if (failed.length === 0) return undefined;
  const rows = failed.map(({ strategy, task, seed, budget, code, message }) => [
    ...[strategy, task, String(seed), String(budget), code, message],
  ]);
  const head = ['strategy', 'task', 'seed', 'budget', 'code', 'message'];
  return {
    heading: 'Failed',
    blocks: [{ type: 'table', caption: `${counted(rows.length, 'cell')} without a result`, head, rows }],
  };
}

const count = (value: number): string => value.toLocaleString('en');

export const counted = (value: number, what: string): string => `${count(value)} ${what}${value === 1 ? '' : 's'}`;

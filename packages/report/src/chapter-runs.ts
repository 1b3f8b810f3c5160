import type { AttentionSummary } from 'adapterfusion';
import type { CellResult, FailedCell } from '@adapterfusion/experiment';
import type { Block, Chapter } from './document.js';
import type { Results } from './results.js';
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
  const [{ adapters, sites }] = all as readonly [AttentionSummary];
  return {
    adapters,
    sites: sites.map(({ site, weights }, at) => ({
      site,
      weights: weights.map((_, child) => mean(all.map((each) => each.sites[at]!.weights[child]!))),
    })),
  };
}

/** Losses while training, of the first seed. */
export function learningChapter(results: Results): Chapter | undefined {
  const blocks = results.targets.flatMap((task): Block[] => {
    const curves = results.strategies.flatMap((name) => {
      const [cell] = results.of(name, task);
      return cell && cell.losses.length > 1 ? [{ name, values: cell.losses }] : [];
    });
    return curves.length > 0 ? [{ type: 'curves', caption: `${task}: training loss, first seed`, curves }] : [];
  });
  return blocks.length > 0 ? { heading: 'Learning', blocks } : undefined;
}

/** Parameters and time by strategy; runs that several cells share count once. */
export function costChapter(results: Results): Chapter {
  const rows = results.strategies.map((name) => {
    const runs = [...new Map(results.of(name).map((cell) => [cell.run, cell])).values()];
    const of = (key: 'trainable' | 'stored' | 'seconds'): string =>
      count(Math.round(mean(runs.map((run) => run[key]))));
    return [name, of('trainable'), of('stored'), of('seconds'), String(runs.length), rates(runs)];
  });
  const caption =
    'Means over the runs of each strategy; the time is that of the training steps on this machine, adapters that a fusion mixes not included';
  const head = ['strategy', 'parameters trained', 'stored', 'seconds', 'runs', 'chosen learning rates'];
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

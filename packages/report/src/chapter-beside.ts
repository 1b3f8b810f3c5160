import type { OtherResult } from '@adapterfusion/experiment';
import { signed, spread } from './chapter-scores.js';
import type { Block, Chapter } from './document.js';
import type { Results } from './results.js';
import { mean } from './statistics.js';

/** Results of somebody else, for the same strategies and tasks. */
export interface Beside {
  /** What they are called. */
  readonly name: string;
  readonly results: readonly OtherResult[];
}

/** What both have measured: a strategy on a task, by one metric, a value a seed. */
interface Pair {
  readonly strategy: string;
  readonly task: string;
  readonly metric: string;
  readonly here: readonly number[];
  readonly there: readonly number[];
}

/** Strategies and tasks that others have measured too, and what strategies differ by here and there. Undefined where there are none. */
export function besideChapter(results: Results, { name, results: others }: Beside): Chapter | undefined {
  const pairs = pairsOf(results, others);
  if (pairs.length === 0) return undefined;
  const rows = pairs.map(({ strategy, task, metric, here, there }) => [
    ...[strategy, metric === 'accuracy' ? task : `${task}, ${metric}`],
    ...[spread(here), String(here.length), spread(there), String(there.length), signed(mean(here) - mean(there))],
  ]);
  const caption = `What is measured here and by ${name}: percent, mean ± deviation over the seeds; here less there in points`;
  const head = ['strategy', 'task', 'here', 'seeds', name, 'seeds', 'difference'];
  return {
    heading: `Beside ${name}`,
    blocks: [{ type: 'table', caption, head, rows }, ...differences(pairs, name)],
  };
}

function pairsOf(results: Results, others: readonly OtherResult[]): Pair[] {
  const own = [...results.strategies.flatMap((strategy) => results.of(strategy)), ...results.sources];
  const keys = new Map(others.map(({ strategy, task }) => [JSON.stringify([strategy, task]), { strategy, task }]));
  return [...keys.values()].flatMap(({ strategy, task }): Pair[] => {
    const [here, there] = [own, others].map((all) =>
      all.filter((each) => each.strategy === strategy && each.task === task).map(({ metrics }) => metrics),
    ) as [OtherResult['metrics'][], OtherResult['metrics'][]];
    const metric = Object.keys(there[0]!).find((each) => here[0]?.[each] !== undefined);
    if (metric === undefined) return [];
    const values = (all: typeof here): number[] => all.flatMap((metrics) => metrics[metric] ?? []);
    return [{ strategy, task, metric, here: values(here), there: values(there) }];
  });
}

/** What each strategy is better by than the first one on the same task, here and there. */
function differences(pairs: readonly Pair[], name: string): Block[] {
  const [first] = pairs;
  const rows = pairs.flatMap((pair) => {
    const than = pairs.find(({ strategy, task }) => strategy === first!.strategy && task === pair.task);
    if (!than || than === pair || than.metric !== pair.metric) return [];
    const by = (side: 'here' | 'there'): string => signed(mean(pair[side]) - mean(than[side]));
    return [[`${pair.strategy} − ${than.strategy}`, pair.task, by('here'), by('there')]];
  });
  const caption = 'What strategies differ by, in points, means over the seeds; intervals of ours are in “Compared”';
  return rows.length > 0 ? [{ type: 'table', caption, head: ['', 'task', 'here', name], rows }] : [];
}

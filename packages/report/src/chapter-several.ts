import type { Stage } from '@adapterfusion/experiment';
import type { Block, Chapter } from './document.js';
import { percent, signed } from './chapter-scores.js';
import type { Results } from './results.js';
import { mean } from './statistics.js';

/** Strategies of several tasks, and what one task alone does in the same way. */
const ALONE: Readonly<Record<string, string>> = { 'multi-task': 'full', 'mt-a': 'st-a', sequential: 'full' };

/** What tasks do to each other: forgetting after each, interference. Undefined where no strategy learns several. */
export function severalChapter(results: Results): Chapter | undefined {
  const blocks = [...results.strategies.flatMap((name) => forgetting(results, name)), ...interference(results)];
  return blocks.length > 0 ? { heading: 'What tasks do to each other', blocks } : undefined;
}

/** A row for each task that was learned, a column for what each task was worth then; means over the seeds. */
function forgetting(results: Results, strategy: string): Block[] {
  const runs = new Map(results.of(strategy).flatMap(({ run, stages }) => (stages ? [[run, stages] as const] : [])));
  const all = [...runs.values()];
  const [first] = all;
  if (!first) return [];
  const order = first.map(({ task }) => task);
  const value = (stages: readonly Stage[], index: number, task: string): number | undefined =>
    Object.values(stages[index]?.metrics[task] ?? {})[0];
  const rows = order.map((learned, index) => [
    `after ${learned}`,
    ...order.map((task) => {
      const found = all.map((stages) => value(stages, index, task)).filter((each) => each !== undefined);
      return found.length > 0 ? percent(mean(found)) : '';
    }),
  ]);
  const lost = order.map((task) => {
    const found = all.map((stages) => stages.at(-1)!.forgetting[task]).filter((each) => each !== undefined);
    return found.length > 0 ? signed(mean(found)) : '';
  });
  const caption = `${strategy}: first metric of every task, in percent, after each task that was learned; forgotten in points; mean of ${all.length} ${all.length === 1 ? 'seed' : 'seeds'}`;
  return [{ type: 'table', caption, head: ['', ...order], rows: [...rows, ['forgotten', ...lost]] }];
}

/** Several tasks minus one, by task. */
function interference(results: Results): Block[] {
  const rows = results.strategies.flatMap((name) => {
    const alone = ALONE[results.trainerOf(name)];
    if (alone === undefined || !results.strategies.includes(alone)) return [];
    const cells = results.targets.map((task) => {
      const [own, than] = [results.values(name, task), results.values(alone, task)];
      return own.length > 0 && than.length > 0 ? signed(mean(own) - mean(than)) : '';
    });
    return [[`${name} − ${alone}`, ...cells]];
  });
  const caption =
    'Interference: learned with other tasks less learned alone, points of the first metric, means over the seeds';
  return rows.length > 0 ? [{ type: 'table', caption, head: ['', ...results.targets], rows }] : [];
}

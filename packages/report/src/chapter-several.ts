import type { Stage } from '@adapterfusion/experiment';
import type { Block, Chapter } from './document.js';
import { percent, signed } from './chapter-scores.js';
import type { Results } from './results.js';
import { mean } from './statistics.js';

/** Strategies of several tasks, and what one task alone does in the same way. */
const ALONE: Readonly<Record<string, string>> = { 'multi-task': 'full', 'mt-a': 'st-a', sequential: 'full' };

/** What tasks do to each other: forgetting after each, what the order changes, interference. Undefined where no strategy learns several. */
export function severalChapter(results: Results): Chapter | undefined {
  const blocks = [
    ...results.strategies.flatMap((name) => forgetting(results, name)),
    ...orders(results),
    ...interference(results),
  ];
  return blocks.length > 0 ? { heading: 'What tasks do to each other', blocks } : undefined;
}

/** A row for each task that was learned, a column for what each task was worth then; means over the seeds. */
function forgetting(results: Results, strategy: string): Block[] {
  const all = stagesOf(results, strategy);
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

/** What was seen in each run of a strategy that learns tasks one after another. */
function stagesOf(results: Results, strategy: string): readonly (readonly Stage[])[] {
  return [...new Map(results.of(strategy).flatMap(({ run, stages }) => (stages ? [[run, stages]] : []))).values()];
}

/** What every task is worth at the end by the order of learning, and how far orders are apart. */
function orders(results: Results): Block[] {
  const found = results.strategies.flatMap((name) => {
    const ends = stagesOf(results, name).map((stages) => stages.at(-1)!.metrics);
    return ends.length > 0 ? [{ name, ends }] : [];
  });
  if (found.length < 2) return [];
  const tasks = [...new Set(found.flatMap(({ ends }) => ends.flatMap((metrics) => Object.keys(metrics))))];
  const values = found.map(({ ends }) =>
    tasks.map((task) => {
      const all = ends.flatMap((metrics) => Object.values(metrics[task] ?? {}).slice(0, 1));
      return all.length > 0 ? mean(all) : undefined;
    }),
  );
  const apart = tasks.map((_, column) => {
    const all = values.map((row) => row[column]).filter((each) => each !== undefined);
    return all.length > 1 ? percent(Math.max(...all) - Math.min(...all)) : '';
  });
  const rows = found.map(({ name }, row) => [
    name,
    ...values[row]!.map((value) => (value === undefined ? '' : percent(value))),
  ]);
  const caption =
    'What each task is worth at the end, by the order of learning: first metric in percent, means over the seeds; spread: the largest less the smallest, in points';
  return [{ type: 'table', caption, head: ['order', ...tasks], rows: [...rows, ['spread', ...apart]] }];
}

/** Several tasks minus one, by task. */
function interference(results: Results): Block[] {
  const trained = (name: string, task: string): number => mean(results.of(name, task).map(({ rows }) => rows.train));
  const rows = results.strategies.flatMap((name) => {
    const alone = ALONE[results.trainerOf(name)];
    if (alone === undefined || !results.strategies.includes(alone)) return [];
    const cells = results.targets.map((task) => {
      const [own, than] = [results.values(name, task), results.values(alone, task)];
      if (own.length === 0 || than.length === 0) return '';
      return `${signed(mean(own) - mean(than))}${trained(name, task) === trained(alone, task) ? '' : ' *'}`;
    });
    return [[`${name} − ${alone}`, ...cells]];
  });
  const caption =
    'Interference: learned with other tasks less learned alone, points of the first metric, means over the seeds; * where the two had different numbers of training rows of the task';
  return rows.length > 0 ? [{ type: 'table', caption, head: ['', ...results.targets], rows }] : [];
}

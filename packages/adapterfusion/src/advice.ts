import type { AttentionSummary, TableRow } from './events.js';
import type { Task } from './task.js';

/** What to say when the fusion, the table's last row, is not the best; undefined when it is. */
export function advise(table: readonly TableRow[], task: Task, attention: AttentionSummary): string | undefined {
  const metric = task.data.dataset.metrics[0]!;
  const fusion = table[table.length - 1]!;
  const better = table.filter((row) => row !== fusion && row.metrics[metric]! >= fusion.metrics[metric]!);
  if (better.length === 0) return undefined;
  const steps =
    Math.ceil(task.train.length / (task.settings.batchSize * task.settings.accumulate)) * task.settings.epochs;
  // Only shares of 1 can collapse to one adapter: a free weight may be above 0.95 at several at once.
  const collapsed = attention.free ? 0 : attention.sites.filter(({ weights }) => Math.max(...weights) > 0.95).length;
  const names = better.map(({ name }) => name).join(', ');
  const head = `Fusion is not better here than: ${names}.`;
  if (steps < 300)
    return `${head} It had only ${steps} steps; try --epochs ${Math.ceil((task.settings.epochs * 400) / steps)}.`;
  if (collapsed * 2 > attention.sites.length)
    return `${head} Its attention has collapsed to one adapter in ${collapsed} of ${attention.sites.length} places; try --learning-rate ${task.settings.learningRate / 2}.`;
  return `${head} The likeliest cause is the learning rate; try --learning-rate ${task.settings.learningRate * 2}, or other adapters.`;
}

/** Metrics by name. */
export type Metrics = { readonly [name: string]: number };

/** Name of the mean over tasks. */
export const MEAN = 'mean';

/**
 * Metrics of several tasks as one list: `mean`, that of every task's first metric, then `task/metric` for each.
 * @param byTask by the tasks' names, at least one
 */
export function joinMetrics(byTask: ReadonlyMap<string, Metrics>): Metrics {
  const firsts = [...byTask.values()].flatMap((metrics) => Object.values(metrics).slice(0, 1));
  const each = [...byTask].flatMap(([task, metrics]) =>
    Object.entries(metrics).map(([name, value]) => [`${task}/${name}`, value] as const),
  );
  return { [MEAN]: firsts.reduce((sum, value) => sum + value, 0) / firsts.length, ...Object.fromEntries(each) };
}

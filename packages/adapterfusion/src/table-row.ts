import { predictsOneClass } from '@adapterfusion/metrics';
import { exampleTargets, measure, targetsOf } from '@adapterfusion/training';
import type { TableRow } from './events.js';
import type { Answers } from './majority.js';
import { classMetric } from './rows.js';
import type { Task } from './task.js';

/** The metric that results of a task are compared by: the one that was asked for, or fixed by its training rows; for a kind without single labels its first. */
export function headlineOf({ data, train }: Task): string {
  return data.singleLabel ? classMetric(data, targetsOf<number>(train)) : (data.metric ?? data.metrics[0]!);
}

/** Metrics that the table has: accuracy and macro F1 first where a target is one label, then the task's own. */
function metricsOf({ data: { singleLabel, metrics } }: Task): string[] {
  return [...new Set([...(singleLabel ? ['accuracy', 'macro-f1'] : []), ...metrics])];
}

/** Metrics of answers on the measured rows. */
function scoreOf(task: Task, predictions: readonly unknown[]): Record<string, number> {
  const { kind } = task.data;
  return measure(kind, metricsOf(task), predictions, exampleTargets(kind, task.measured.rows));
}

/** A row of the table from the answers of a method. @param loss cross-validated; a log-loss where a target is one label */
export function rowOf<R extends Pick<TableRow, 'group' | 'method' | 'name'>>(
  task: Task,
  row: R,
  { predictions, trained }: Answers,
  loss?: number,
): R & TableRow {
  const { labels, singleLabel } = task.data;
  const classes = predictions as readonly number[];
  const label = singleLabel && predictsOneClass(classes) ? labels[classes[0]!] : undefined;
  return {
    ...row,
    metrics: scoreOf(task, predictions),
    predictions,
    trained,
    ...(singleLabel && loss !== undefined ? { logLoss: loss } : {}),
    ...(label === undefined ? {} : { oneClass: label }),
  };
}

/** The class with the highest probability of each row. @param probabilities `[rows, classes]` */
export function likeliest(probabilities: ArrayLike<number>, classes: number): number[] {
  return Array.from({ length: probabilities.length / classes }, (_, row) => {
    let best = 0;
    for (let k = 1; k < classes; k++)
      if (probabilities[row * classes + k]! > probabilities[row * classes + best]!) best = k;
    return best;
  });
}

/** Marks the row with the lowest log-loss, of those that need no rows of others. */
export function marked(rows: readonly TableRow[]): TableRow[] {
  const best = rows.reduce<TableRow | undefined>(
    (a, b) => (b.group !== 'others' && b.logLoss !== undefined && b.logLoss < (a?.logLoss ?? Infinity) ? b : a),
    undefined,
  );
  return rows.map((row) => (row === best ? { ...row, best: true } : row));
}

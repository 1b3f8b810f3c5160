import { count } from '@adapterfusion/terminal';
import type { Result } from './results.js';

/**
 * The results as Markdown: a row for each task and metric, a column for each strategy, mean ± sample deviation over the
 * seeds in percent; then how each was trained.
 */
export function markdown(results: readonly Result[]): string {
  const strategies = unique(results.map(({ strategy }) => strategy));
  const tasks = unique(results.map(({ task }) => task));
  const of = (task: string, strategy: string) =>
    results.filter((each) => each.task === task && each.strategy === strategy);
  const metrics = tasks.flatMap((task) => {
    const names = unique(results.flatMap((each) => (each.task === task ? Object.keys(each.metrics) : [])));
    return names.map((name) => [
      `${task}, ${name}`,
      ...strategies.map((strategy) => spread(of(task, strategy).map((each) => each.metrics[name]!))),
    ]);
  });
  const runs = tasks.flatMap((task) =>
    strategies.flatMap((strategy) => {
      const cells = of(task, strategy);
      const [first] = cells;
      if (!first) return [];
      const { settings } = first.options as { settings?: { epochs?: number; learningRate?: number } };
      return [
        [
          `${task}, ${strategy}`,
          cells.map(({ seed }) => seed).join(' '),
          `${count(first.rows.train)} / ${count(first.rows.measured)}`,
          String(settings?.epochs ?? ''),
          String(settings?.learningRate ?? ''),
          count(first.trainable),
          Math.round(mean(cells.map(({ seconds }) => seconds))).toString(),
        ],
      ];
    }),
  );
  return [
    ...lines(['%', ...strategies], metrics),
    '',
    ...lines(['run', 'seeds', 'rows trained on / measured', 'epochs', 'learning rate', 'trained', 'seconds'], runs),
    '',
  ].join('\n');
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** `81.3 ± 0.4`; one value alone has no deviation. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return '';
  const middle = mean(values);
  const text = (100 * middle).toFixed(1);
  if (values.length === 1) return text;
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
  return `${text} ± ${(100 * Math.sqrt(variance)).toFixed(1)}`;
}

function lines(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, column) => (column === 0 ? '---' : '--:'))), ...rows.map(line)];
}

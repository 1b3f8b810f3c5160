import type { Comparison } from './compare.js';
import { KINDS } from './silver-rows.js';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Markdown tables of the comparisons: one row a run, and one row a kind with the bars of the protocol. */
export function report(found: readonly Comparison[]): string {
  const lines = [
    '| kind | seed | steps | largest difference of 50 losses | of all losses | metric | here | Python | points | equal answers |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...found.map(
      (one) =>
        `| ${one.kind} | ${one.seed} | ${one.steps} | ${one.lossDifference50.toExponential(1)} | ` +
        `${one.lossDifference.toExponential(1)} | ${one.metric} | ${(100 * one.own).toFixed(2)} | ` +
        `${(100 * one.reference).toFixed(2)} | ${one.points.toFixed(2)} | ${(100 * one.sameAnswers).toFixed(1)} % |`,
    ),
    '',
    '| kind | seeds | largest difference of 50 losses (bar 1e-4) | mean difference in points (bar 1.0) |',
    '|---|---|---|---|',
  ];
  for (const kind of KINDS) {
    const runs = found.filter((one) => one.kind === kind);
    if (runs.length === 0) continue;
    const most = Math.max(...runs.map(({ lossDifference50 }) => lossDifference50));
    const points = mean(runs.map((run) => run.points));
    lines.push(`| ${kind} | ${runs.length} | ${most.toExponential(1)} | ${points.toFixed(2)} |`);
  }
  return lines.join('\n');
}

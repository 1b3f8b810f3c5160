import type { TableEvent } from 'adapterfusion';
import { heatMap, weightsHeading } from './heat-map.js';
import { count, percent, table } from './table.js';

/** The comparison that ends a fusion: the table, the attention, the advice. */
export function tableLines({ data, split, rows, table: ways, attention, advice }: TableEvent): string[] {
  const metrics = Object.keys(ways[0]!.metrics);
  return [
    '',
    ...table([
      [`${data}, ${count(rows)} ${split} rows`, ...metrics.map((metric) => `${metric} %`), 'trained parameters'],
      ...ways.map(({ name, metrics: values, trained }) => [
        name,
        ...metrics.map((metric) => percent(values[metric]!)),
        count(trained),
      ]),
    ]),
    '',
    weightsHeading(attention),
    ...heatMap(attention),
    ...(advice === undefined ? [] : ['', advice]),
  ];
}

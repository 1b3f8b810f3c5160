import type { TableEvent, TableRow } from 'adapterfusion';
import { heatMap, weightsHeading } from './heat-map.js';
import { count, onTrainingRows, percent, table } from './table.js';

const GROUPS: Readonly<Record<TableRow['group'], string>> = {
  own: 'own rows only',
  adapters: 'plus adapters',
  others: "plus other people's rows, for reference",
};

/** Explains the marks of the table. */
const NOTES = {
  best: '* lowest CV log-loss',
  saved: '> saved in the bundle',
} as const;

/** The comparison that ends a run: the table in its groups, a fusion's weights, the advice. */
export function tableLines({ data, split, rows, metric, table: methods, attention, advice }: TableEvent): string[] {
  const metrics = Object.keys(methods[0]!.metrics);
  const head = [
    `${data}, ${count(rows)} ${split} rows${onTrainingRows(split === 'train')}`,
    ...metrics.map((name) => `${name} %${name === metric ? ' †' : ''}`),
    'CV log-loss',
    'trained parameters',
  ];
  const present = (['own', 'adapters', 'others'] as const).filter((group) =>
    methods.some((row) => row.group === group),
  );
  const groups = present.flatMap((group) => [
    [GROUPS[group], ...head.slice(1).map(() => '')],
    ...methods
      .filter((row) => row.group === group)
      .map((row) => [
        nameOf(row),
        ...metrics.map((name) => percent(row.metrics[name]!)),
        row.logLoss === undefined ? '–' : row.logLoss.toFixed(3),
        count(row.trained),
      ]),
  ]);
  const shown = (['best', 'saved'] as const)
    .filter((mark) => methods.some((row) => row[mark]))
    .map((mark) => NOTES[mark]);
  return [
    '',
    ...table([head, ...groups]),
    '',
    [
      '† the metric that results are compared by',
      ...(methods.some(({ logLoss }) => logLoss !== undefined)
        ? ['CV log-loss: of the training rows, cross-validated (–: not)']
        : []),
      ...shown,
    ].join('; '),
    // An average weighs all alike, and needs no picture of it.
    ...(attention && !methods.some(({ saved, method }) => saved && method === 'average')
      ? ['', weightsHeading(attention), ...heatMap(attention)]
      : []),
    ...(advice === undefined ? [] : ['', advice]),
  ];
}

const nameOf = ({ name, best, saved, oneClass }: TableRow): string =>
  `${saved ? '>' : ' '}${best ? '*' : ' '} ${name}${oneClass === undefined ? '' : ` (always "${oneClass}")`}`;

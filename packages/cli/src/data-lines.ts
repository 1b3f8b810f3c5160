import { bars, count, percent, table } from '@adapterfusion/terminal';
import type { DataInspection, SplitStatistics } from 'adapterfusion';
import { commandLine } from './shell.js';

/** What `data inspect` prints. */
export function inspectionLines(found: DataInspection): string[] {
  const names = labelNames(found);
  return [
    `${found.name}: ${found.task.type.replace(/^.*#/, '')}; ${found.metrics.join(', ')}; licence: ${found.licence}`,
    ...proposalLines(found),
    '',
    ...table([
      [
        ...['split', 'rows', ...labelHeadings(found, names), 'repeated', `median ${found.unit}`, '95 %', 'longest'],
        ...(found.unit === 'tokens' ? ['unknown %'] : []),
      ],
      ...found.splits.map((split) => [
        split.split,
        count(split.rows),
        ...labelCells(split, names),
        count(split.duplicates),
        ...[split.lengths.median, split.lengths.p95, split.lengths.max].map(count),
        ...(split.unknownTokens === undefined ? [] : [percent(split.unknownTokens)]),
      ]),
    ]),
    ...found.splits.flatMap((split) => splitLines(split, found)),
    ...warnings(found).flatMap((warning) => ['', `warning: ${warning}`]),
  ];
}

function proposalLines({ name, proposal }: DataInspection): string[] {
  if (!proposal) return [];
  const { parts, options, guessed } = proposal;
  const { text, pair, label, columns } = options;
  const labels = options.labels ?? [];
  const words = Object.entries({ text, pair, label }).flatMap(([key, value]) =>
    typeof value === 'string' ? [`--${key}`, value] : [],
  );
  const read = Object.entries(columns ?? {}).filter(([field, column]) => field !== column);
  const map = Object.fromEntries(labels.map((each) => [each, '…']));
  return [
    ...parts.map(({ at, columns }) => `columns of ${at}: ${columns.join(', ')}`),
    ...(labels.length > 0 ? [`labels: ${labels.join(', ')}`] : []),
    `read as: ${commandLine(['train', '--data', name, ...words, '…']).replace("'…'", '…')}`,
    ...read.map(([field, column]) => `${field}: column ${column}`),
    ...guessed.map((what) => `The column of the ${what} is a guess by what it holds: name it to train.`),
    ...(labels.length > 0 && labels.every((each) => /^-?\d+$/.test(each))
      ? [`To give the labels names: --data-option 'labelMap=${JSON.stringify(map)}'`]
      : []),
  ];
}

const MANY = 8;

/** Names of the labels or categories of all splits; a split none of whose rows has one adds none. */
function labelNames({ splits }: DataInspection): string[] {
  const counted = splits.filter(({ labels }) => labels.some(({ rows }) => rows > 0));
  const named = counted.length > 0 ? counted : splits.slice(0, 1);
  return [...new Set(named.flatMap(({ labels }) => labels.map(({ label }) => label)))];
}

/** Headings of the columns for labels; of many labels there is one with the most frequent. */
function labelHeadings({ task }: DataInspection, names: readonly string[]): readonly string[] {
  if (task.type === 'regression') return ['lowest', 'mean', 'highest'];
  return names.length > MANY ? ['labels', 'most frequent'] : names;
}

function labelCells({ labels, range, rows }: SplitStatistics, names: readonly string[]): string[] {
  if (range) return [range.min, range.mean, range.max].map((value) => String(Number(value.toPrecision(4))));
  if (names.length <= MANY) return names.map((name) => count(labels.find(({ label }) => label === name)?.rows ?? 0));
  if (labels.length === 0) return ['0', '–'];
  const most = labels.reduce((a, b) => (b.rows > a.rows ? b : a));
  return [count(labels.length), `${most.label} ${percent(most.rows / rows)} %`];
}

function splitLines({ split, lengths, first, last }: SplitStatistics, found: DataInspection): string[] {
  const histogram = lengths.histogram.map(({ from, to, rows }) => ({ name: `${from}–${to}`, value: rows }));
  return [
    '',
    `${split}, ${found.unit} a row`,
    ...bars(histogram),
    ...(first ? ['first row', ...exampleLines(first, found)] : []),
    ...(last && last !== first ? ['last row', ...exampleLines(last, found)] : []),
  ];
}

type Example = NonNullable<SplitStatistics['first']>;

function exampleLines({ at, ...fields }: Example, { task: { labels = [] } }: DataInspection): string[] {
  const shown = (value: unknown, key: string): string => {
    if (['label', 'labels', 'tags'].includes(key) && typeof value === 'number') return labels[value] ?? String(value);
    if (Array.isArray(value)) return value.map((each: unknown) => shown(each, key)).join(' | ');
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const lines = Object.entries({ at, ...fields }).filter(([key, value]) => value !== undefined && key !== 'words');
  return lines.map(([key, value]) => `  ${key}: ${brief(shown(value, key))}`);
}

const brief = (value: string): string => {
  const text = value.replace(/\s+/g, ' ');
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
};

function warnings({ splits, leakage, task, warnings: found }: DataInspection): string[] {
  const train = splits.find(({ split }) => split === 'train');
  return [
    ...found,
    ...leakage.map(
      ({ from, into, rows, at }) =>
        `${rowsIn(rows)} of "${into}" with texts that are in "${from}" too${at === undefined ? '' : `, the first at ${at}`}.`,
    ),
    ...splits.flatMap(({ split, conflicting }) =>
      conflicting === 0 ? [] : [`${rowsIn(conflicting)} of "${split}" repeated with another label than before.`],
    ),
    ...(train?.labels ?? []).flatMap(({ label, rows }) =>
      rows === 0 && (task.labels ?? []).includes(label) ? [`No row of "train" has the label "${label}".`] : [],
    ),
  ];
}

const rowsIn = (rows: number): string => `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;

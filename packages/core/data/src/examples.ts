import { AdapterFusionError, nearest, type TaskDeclaration, type TextExample } from '@adapterfusion/contracts';
import { invalid, shown } from './invalid.js';
import { checkColumns, type Row, type Value } from './columns.js';

/** A column, or several whose texts are put together. */
export type TextColumns = string | readonly [string, ...string[]];

/** Which columns hold what. */
export interface ExampleColumns {
  /** Of several, `word: sentence` is made. */
  readonly text: TextColumns;
  /** Column of the second text, or columns. */
  readonly pair?: TextColumns;
  /** Multiple choice: columns of the choices. `labels` are then what the file calls them, in this order. */
  readonly choices?: readonly string[];
  /** Regression: the numbers that labels may be; there are no `labels` then. */
  readonly range?: { readonly min: number; readonly max: number };
  /** Column of the label; without it examples have none. */
  readonly label?: string;
  /** Label names; a label is an index into them. */
  readonly labels: readonly string[];
  /** From the file's label to a label name: `{ "0": "negative", "1": "positive" }`. */
  readonly labelMap?: Readonly<Record<string, string>>;
  /** Labels of the file whose rows are left out, such as `-` where those who labelled them did not agree. */
  readonly leaveOut?: readonly string[];
  /** Column of an id that no two rows may share. */
  readonly id?: string;
}

/** The columns that are read. */
export function columnsOf({ text, pair, choices, label, id }: Omit<ExampleColumns, 'labels'>): string[] {
  return [text, pair, choices, label, id].flat().filter((name) => name !== undefined);
}

/** The task of examples with these columns. */
export function taskOf({ choices, range, labels }: ExampleColumns): TaskDeclaration {
  if (choices) return { type: 'multiple-choice' };
  return range ? { type: 'regression', ...range } : { type: 'text-classification', labels };
}

/**
 * Rows as examples, texts as they stand in the file, one after the other.
 * @throws DATA_INVALID for a text that is empty or not text, a missing label, an id that stands twice; LABEL_UNKNOWN
 */
export async function* toExamples(
  rows: AsyncIterable<Row> | Iterable<Row>,
  columns: ExampleColumns,
): AsyncGenerator<TextExample> {
  const { text, pair, choices, label, id, leaveOut = [] } = columns;
  const wanted = columnsOf(columns);
  const seen = new Map<string, string>();
  for await (const { at, values } of rows) {
    checkColumns(Object.keys(values), wanted, at);
    if (label !== undefined && leaveOut.includes(labelText(values[label]))) continue;
    if (id !== undefined) checkId(String(values[id]), seen, at);
    yield {
      text: textOf(values, text, at),
      ...(pair === undefined ? {} : { pair: textOf(values, pair, at) }),
      ...(choices === undefined ? {} : { choices: choices.map((column) => textOf(values, column, at)) }),
      ...(label === undefined ? {} : { label: labelOf(values[label]!, label, columns, at) }),
      at,
    };
  }
}

function textOf(values: Row['values'], columns: TextColumns, where: string): string {
  const texts = [columns].flat().map((column) => {
    const value = values[column];
    // What a spreadsheet or a JSON file takes for a number or a truth value is text where a text is asked for.
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value === 'string' && value.trim() !== '') return value;
    throw invalid(where, `text in the column ${shown(column)}`, shown(value), 'Fill in the text or remove the row.');
  });
  return texts.join(': ');
}

function labelOf(
  value: Value,
  column: string,
  { labels, labelMap = {}, range }: ExampleColumns,
  where: string,
): number {
  const raw = labelText(value);
  if (raw === '')
    throw invalid(
      where,
      `a label in the column ${shown(column)}`,
      shown(value),
      'Fill in the label or remove the row.',
    );
  if (range) return readNumber(value, column, where, true, range)!;
  const index = labels.indexOf(Object.hasOwn(labelMap, raw) ? labelMap[raw]! : raw);
  if (index >= 0) return index;
  const known = [...new Set([...Object.keys(labelMap), ...labels])];
  const near = nearest(raw, known);
  throw new AdapterFusionError('LABEL_UNKNOWN', {
    at: where,
    expected: `one of the labels ${known.map((name) => shown(name)).join(', ')} in the column ${shown(column)}`,
    got: shown(raw),
    fix: near === undefined ? 'Correct the row, or name the labels of this file.' : `Did you mean ${shown(near)}?`,
  });
}

/**
 * A cell as a number.
 * @returns undefined for what is none, unless it `must` be one
 * @throws DATA_INVALID for an empty cell, and where it must be a number within the range and is not
 */
export function readNumber(
  value: Value | undefined,
  column: string,
  where: string,
  must: boolean,
  { min, max } = { min: -Infinity, max: Infinity },
): number | undefined {
  const raw = labelText(value);
  const number = raw === '' ? NaN : Number(raw);
  if (Number.isFinite(number) && number >= min && number <= max) return number;
  if (!must && raw !== '') return undefined;
  const limits = Number.isFinite(min) && Number.isFinite(max) ? ` from ${min} to ${max}` : '';
  throw invalid(
    where,
    `a number${limits} in the column ${shown(column)}`,
    shown(value),
    'Correct the row or remove it.',
  );
}

/** A label as it stands in the file, without white space around it; empty where there is none. */
export function labelText(value: Value | undefined): string {
  return value === null || value === undefined ? '' : String(value).trim();
}

function checkId(id: string, seen: Map<string, string>, where: string): void {
  const before = seen.get(id);
  if (before !== undefined)
    throw invalid(where, 'every id once', `${shown(id)}, also at ${before}`, 'Remove one of the rows.');
  seen.set(id, where);
}

import { AdapterFusionError, nearest, type Example } from '@adapterfusion/contracts';
import { invalid, shown } from './invalid.js';
import { checkColumns, type Row, type Value } from './columns.js';

/** Which columns hold what. */
export interface ExampleColumns {
  readonly text: string;
  /** Column of the second text. */
  readonly pair?: string;
  /** Column of the label; without it examples have none. */
  readonly label?: string;
  /** Label names; a label is an index into them. */
  readonly labels: readonly string[];
  /** From the file's label to a label name: `{ "0": "negative", "1": "positive" }`. */
  readonly labelMap?: Readonly<Record<string, string>>;
  /** Column of an id that no two rows may share. */
  readonly id?: string;
}

/**
 * Rows as examples, texts as they stand in the file.
 * @param at how to call the file in messages
 * @throws DATA_INVALID for a text that is empty or not text, a missing label, an id that stands twice; LABEL_UNKNOWN
 */
export function toExamples(rows: readonly Row[], columns: ExampleColumns, at: string): Example[] {
  const { text, pair, label, id } = columns;
  const wanted = [text, pair, label, id].filter((name) => name !== undefined);
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const where = `${at}:${row.line}`;
    checkColumns(Object.keys(row.values), wanted, where);
    if (id !== undefined) checkId(String(row.values[id]), row.line, seen, where);
    return {
      text: textOf(row.values[text]!, text, where),
      ...(pair === undefined ? {} : { pair: textOf(row.values[pair]!, pair, where) }),
      ...(label === undefined ? {} : { label: labelOf(row.values[label]!, label, columns, where) }),
      at: where,
    };
  });
}

function textOf(value: Value, column: string, where: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw invalid(where, `text in the column ${shown(column)}`, shown(value), 'Fill in the text or remove the row.');
}

function labelOf(value: Value, column: string, { labels, labelMap = {} }: ExampleColumns, where: string): number {
  const raw = labelText(value);
  if (raw === '')
    throw invalid(
      where,
      `a label in the column ${shown(column)}`,
      shown(value),
      'Fill in the label or remove the row.',
    );
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

/** A label as it stands in the file, without white space around it; empty where there is none. */
export function labelText(value: Value | undefined): string {
  return value === null || value === undefined ? '' : String(value).trim();
}

function checkId(id: string, line: number, seen: Map<string, number>, where: string): void {
  const before = seen.get(id);
  if (before !== undefined)
    throw invalid(where, 'every id once', `${shown(id)}, also on line ${before}`, 'Remove one of the rows.');
  seen.set(id, line);
}

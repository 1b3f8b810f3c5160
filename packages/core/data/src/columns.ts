import { nearest, type Fields } from '@adapterfusion/contracts';
import { invalid, shown } from './invalid.js';

/** A cell: text in TSV and CSV; any scalar in JSON and Parquet. */
export type Value = string | number | boolean | null;

/** A row of a file. */
export interface Row {
  /** Where it stands, for messages: `file:line`, or row group and row. */
  readonly at: string;
  readonly values: Readonly<Record<string, Value>>;
}

/** A row of a file as it is written there: lists and objects are not taken apart. */
export interface FieldRow {
  readonly at: string;
  readonly fields: Fields;
}

/** @throws DATA_INVALID with the columns there are, and the nearest name */
export function checkColumns(found: readonly string[], wanted: readonly string[], at: string): void {
  for (const name of wanted) {
    if (found.includes(name)) continue;
    const near = nearest(name, found);
    throw invalid(
      at,
      `a column ${shown(name)}`,
      `the columns ${found.map((column) => shown(column)).join(', ')}`,
      near === undefined ? 'Name the column to read.' : `Did you mean ${shown(near)}?`,
    );
  }
}

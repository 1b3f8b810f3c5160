import type { FileBytes } from '@adapterfusion/contracts';
import { columnsOf, type ExampleColumns } from './examples.js';
import { formatOf } from './format.js';
import { findColumns, type ReadOptions } from './rows.js';

/** How the rows of a file are read, and what its columns hold. */
export interface FileForm {
  readonly read: Omit<ReadOptions, 'at' | 'columns'>;
  readonly columns: ExampleColumns;
}

/**
 * Which form a file has: of those of the format that its name tells, or of all, the first whose columns it names; else the
 * first one whose files name no columns, where there is one; else the first, so that its missing column is reported.
 * @throws DATA_INVALID for a file whose beginning cannot be read
 */
export async function formOf(
  file: FileBytes,
  at: string,
  forms: readonly [FileForm, ...FileForm[]],
): Promise<FileForm> {
  const format = formatOf(at);
  const [first = forms[0], ...others] = forms.filter(({ read }) => read.format === format);
  if (others.length === 0) return first;
  const candidates = [first, ...others];
  const headed = candidates.filter(({ read }) => read.header === undefined || read.header === true);
  const found = headed[0] ? await findColumns(file, { ...headed[0].read, at }).catch(withoutHeader) : [];
  return (
    headed.find(({ columns }) => columnsOf(columns).every((name) => found.includes(name))) ??
    candidates.find((form) => !headed.includes(form)) ??
    first
  );
}

/** A first row with a cell twice is no header; any other fault is met again when the rows are read. */
const withoutHeader = (): readonly string[] => [];

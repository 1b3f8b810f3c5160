import type { FileBytes } from '@adapterfusion/contracts';
import type { Row } from './columns.js';
import { columnsOf, type ExampleColumns } from './examples.js';
import { formatOf } from './format.js';
import { findColumns, type ReadOptions } from './rows.js';

/** How the rows of a file are read, and what its columns hold. */
export interface FileForm {
  readonly read: Omit<ReadOptions, 'at' | 'columns'>;
  readonly columns: ExampleColumns;
  /** Columns that are made out of others of the row. */
  readonly derived?: {
    readonly from: readonly string[];
    readonly columns: readonly string[];
    readonly make: (values: Row['values']) => Row['values'];
  };
  /** Where labels stand in another file, one a line: its name by that of the file. */
  readonly labelFile?: (name: string) => string;
}

/** The columns that a file of this form has to have. */
export function neededBy({ columns, derived, labelFile }: FileForm): string[] {
  const made = [...(derived?.columns ?? []), ...(labelFile ? [columns.label] : [])];
  return [...new Set([...(derived?.from ?? []), ...columnsOf(columns).filter((name) => !made.includes(name))])];
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
    headed.find((form) => neededBy(form).every((name) => found.includes(name))) ??
    candidates.find((form) => !headed.includes(form)) ??
    first
  );
}

/** A first row with a cell twice is no header; any other fault is met again when the rows are read. */
const withoutHeader = (): readonly string[] => [];

import type { ExampleColumns } from './examples.js';
import type { ReadOptions } from './rows.js';

/** How the rows of a file are read, and what its columns hold. */
export interface FileForm {
  readonly read: Omit<ReadOptions, 'at' | 'columns'>;
  readonly columns: ExampleColumns;
}

/**
 * Which form a file has, told by its first row: the first form whose columns it names; else the first one that has no such
 * row, where there is one; else the first of all, so that its missing column is reported.
 * @param forms at least one, those with a row of names in TSV
 */
export function formOf(bytes: Uint8Array, forms: readonly [FileForm, ...FileForm[]]): FileForm {
  const end = bytes.indexOf(0x0a);
  const line = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  const names = line.split('\t').map((name) => name.trim());
  const headed = forms.filter(({ read }) => read.header === undefined || read.header === true);
  return (
    headed.find(({ columns }) => columnsOf(columns).every((name) => names.includes(name))) ??
    forms.find((form) => !headed.includes(form)) ??
    forms[0]
  );
}

/** The columns that a form reads. */
export function columnsOf({ text, pair, label, id }: ExampleColumns): string[] {
  return [text, pair, label, id].filter((name) => name !== undefined);
}

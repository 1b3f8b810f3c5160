import { AdapterFusionError, type AnyConfigured, type DatasetSource } from '@adapterfusion/contracts';
import { memorySource } from '@adapterfusion/data';
import { inferFiles } from '@adapterfusion/dataset-files';
import type { Registry } from '@adapterfusion/runtime';

/**
 * A row in memory: `text` and `label`, and `pair` or `choices` where its task has them. A label is a name, or a number in
 * regression; of choices the index or the text of the right one. Other names of fields are said with `dataOptions`, as those
 * of a file's columns.
 */
export interface DataRow {
  readonly [field: string]: unknown;
}

/** Rows in memory, by split. Rows for validation are cut from the training rows where none are given, as of a file. */
export interface DataRows {
  readonly train: readonly DataRow[];
  readonly validation?: readonly DataRow[];
  readonly test?: readonly DataRow[];
}

/** What records and messages call rows in memory. */
export const ROWS = 'rows';

/** Whether data are rows in memory. */
export const areRows = (data: unknown): data is DataRows =>
  typeof data === 'object' && data !== null && 'train' in data && Array.isArray(data.train);

/**
 * Opens rows in memory as a file of JSON lines with the same rows is opened.
 * @throws DATA_INVALID for a row that is no object, and for choices that are not as many in every row; what `inferFiles` throws
 */
export async function openRows(
  data: DataRows,
  dataOptions: object | undefined,
  registry: Registry,
): Promise<{ readonly configured: AnyConfigured<'dataset'>; readonly source: DatasetSource }> {
  const splits = (['train', 'validation', 'test'] as const).filter((split) => data[split] !== undefined);
  const choices = choicesOf(data.train[0]);
  const lines = (split: (typeof splits)[number]): Uint8Array =>
    new TextEncoder().encode(
      data[split]!.map((row, at) => `${JSON.stringify(flat(row, choices, `${ROWS}.${split}:${at + 1}`))}\n`).join(''),
    );
  const held = memorySource(new Map(splits.map((split) => [`${split}.jsonl`, lines(split)])), ROWS);
  const source: DatasetSource = { ...held, describe: (name) => `${ROWS}.${name.replace(/\.jsonl$/, '')}` };
  const named =
    choices > 0 ? { choices: choiceNames(choices), labels: choiceNames(choices).map((_, at) => `${at}`) } : {};
  const options = await inferFiles(source, { format: 'jsonl', ...named, ...dataOptions });
  return { configured: await registry.load('dataset', 'files', options), source };
}

const choicesOf = (row: DataRow | undefined): number => (Array.isArray(row?.['choices']) ? row['choices'].length : 0);

const choiceNames = (count: number): string[] => Array.from({ length: count }, (_, at) => `choice ${at + 1}`);

/** A row with a field for each choice in the place of a list. */
function flat(row: DataRow, choices: number, at: string): object {
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    throw new AdapterFusionError('DATA_INVALID', {
      at,
      expected: 'an object, for example { text, label }',
      got: JSON.stringify(row) ?? 'nothing',
      fix: 'Give rows as objects.',
    });
  if (choicesOf(row) !== choices)
    throw new AdapterFusionError('DATA_INVALID', {
      at,
      expected: choices === 0 ? 'no choices, as in the first row' : `${choices} choices, as in the first row`,
      got: `${choicesOf(row)}`,
      fix: 'Give every row as many choices.',
    });
  if (choices === 0) return row;
  const { choices: given, label, ...rest } = row as { choices: readonly unknown[]; label?: unknown };
  const right = typeof label === 'string' && given.includes(label) ? given.indexOf(label) : label;
  return {
    ...rest,
    label: right,
    ...Object.fromEntries(choiceNames(choices).map((name, index) => [name, given[index]])),
  };
}

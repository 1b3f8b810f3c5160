import { AdapterFusionError, type AnyConfigured, type DatasetSource } from '@adapterfusion/contracts';
import { memorySource } from '@adapterfusion/data';
import { inferFiles } from '@adapterfusion/dataset-files';
import type { Registry } from '@adapterfusion/runtime';
import { withKind } from './own-kind.js';

/**
 * A row in memory, with the fields of its task kind: `text` and `label`, for example, and `pair` or `choices`. A label is a
 * name, or a number in regression; of choices the index or the text of the right one. Other names of fields are given with
 * `dataOptions`, as those of a file's columns.
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
 * @throws DATA_INVALID for a row that is no object; what `inferFiles` throws
 */
export async function openRows(
  data: DataRows,
  dataOptions: object | undefined,
  registry: Registry,
): Promise<{ readonly configured: AnyConfigured<'dataset'>; readonly source: DatasetSource }> {
  const splits = (['train', 'validation', 'test'] as const).filter((split) => data[split] !== undefined);
  const lines = (split: (typeof splits)[number]): Uint8Array =>
    new TextEncoder().encode(
      data[split]!.map((row, at) => `${JSON.stringify(checked(row, `${ROWS}.${split}:${at + 1}`))}\n`).join(''),
    );
  const held = memorySource(new Map(splits.map((split) => [`${split}.jsonl`, lines(split)])), ROWS);
  const source: DatasetSource = { ...held, describe: (name) => `${ROWS}.${name.replace(/\.jsonl$/, '')}` };
  const options = await inferFiles(source, await withKind(source, { format: 'jsonl', ...dataOptions }, registry));
  return { configured: await registry.load('dataset', 'files', options), source };
}

function checked(row: DataRow, at: string): DataRow {
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row;
  throw new AdapterFusionError('DATA_INVALID', {
    at,
    expected: 'an object, for example { text, label }',
    got: JSON.stringify(row) ?? 'nothing',
    fix: 'Give rows as objects.',
  });
}

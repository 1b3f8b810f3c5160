import type { FileBytes } from '@adapterfusion/contracts';
import { checkColumns, type FieldRow, type Row } from './columns.js';
import type { TextEncoding } from './decode.js';
import { delimiterOf, quotedBlocks, splitPlain, splitQuoted, type Cells, type Delimiter } from './delimited.js';
import type { FileFormat } from './format.js';
import { invalid, shown } from './invalid.js';
import { jsonTexts } from './json-list.js';
import { jsonLines, jsonObjects, jsonRows } from './json-rows.js';
import { recordRows } from './records.js';
import { parquetColumns, parquetObjects, parquetRows } from './parquet.js';
import { textBlocks } from './text-blocks.js';

/** How {@link readRows} reads a file. */
export interface ReadOptions {
  /** `records`: rows of several lines each, named by `header`. */
  readonly format: FileFormat | 'records';
  /** How to call the file in messages. */
  readonly at: string;
  /** TSV and CSV: true when the first row names the columns (default), or the names where no row does. */
  readonly header?: true | readonly string[];
  /** TSV and CSV: whether cells may stand in double quotes. Default: in CSV, not in TSV. */
  readonly quote?: boolean;
  /** Columns that must be there. Parquet reads no others; none named: all. */
  readonly columns?: readonly string[];
  /** CSV: what divides columns. Default: of comma, semicolon, tab and bar the one that the header has most, outside quotes. */
  readonly delimiter?: Delimiter;
  /** Default `utf-8`: other bytes are refused. */
  readonly encoding?: TextEncoding;
}

/**
 * The rows of a file, one after the other: about a megabyte of it is in memory at a time, of Parquet a row group. Gzip is
 * unpacked; a byte-order mark, any line ends and empty lines are taken as they come. Values within lists and objects have
 * dotted names: `choices.0.text`.
 * @throws DATA_INVALID with `file:line` or row group and row: empty file, NUL byte, not UTF-8, missing column, row with too
 * few or too many cells, broken quote, no JSON object, gzip or Parquet that breaks off
 */
export async function* readRows(file: FileBytes, options: ReadOptions): AsyncGenerator<Row> {
  const { format, at, columns = [], encoding = 'utf-8' } = options;
  if (format === 'parquet') yield* parquetRows(file, at, columns);
  else if (format === 'jsonl') yield* jsonRows(jsonLines(textBlocks(file, at, encoding)), at, columns);
  else if (format === 'json') yield* jsonRows(jsonTexts(textBlocks(file, at, encoding), at), at, columns);
  else if (format === 'records') yield* recordRows(textBlocks(file, at, encoding), at, headerOf(options));
  else yield* tabularRows(file, options);
}

/**
 * The rows of a file with lists and objects as they are written; cells of TSV and CSV are texts.
 * @throws as {@link readRows}
 */
export async function* readFields(file: FileBytes, options: ReadOptions): AsyncGenerator<FieldRow> {
  const { format, at, encoding = 'utf-8' } = options;
  if (format === 'parquet') yield* parquetObjects(file, at);
  else if (format === 'jsonl') yield* jsonObjects(jsonLines(textBlocks(file, at, encoding)), at);
  else if (format === 'json') yield* jsonObjects(jsonTexts(textBlocks(file, at, encoding), at), at);
  else for await (const { at: where, values } of readRows(file, options)) yield { at: where, fields: values };
}

const headerOf = ({ header }: ReadOptions): readonly string[] =>
  header === undefined || header === true ? [] : header;

async function* tabularRows(file: FileBytes, options: ReadOptions): AsyncGenerator<Row> {
  const { format, at, columns = [] } = options;
  let names: readonly string[] | undefined;
  for await (const { line, cells } of tableRows(file, options)) {
    if (names === undefined) {
      names = namesOf({ line, cells }, options);
      checkColumns(names, columns, options.header ? at : `${at}:${line}`);
      if (!options.header || options.header === true) continue;
    }
    if (cells.length !== names.length)
      throw invalid(
        `${at}:${line}`,
        `${names.length} cells (${names.join(', ')})`,
        `${cells.length}, the first being ${shown(cells[0])}`,
        `Correct the row, or check the ${format === 'tsv' ? 'tabs' : 'commas'} and whether quoting should be on or off.`,
      );
    yield { at: `${at}:${line}`, values: Object.fromEntries(names.map((name, index) => [name, cells[index]!])) };
  }
}

/**
 * The columns of a file: those of its header or schema, in JSON those of its first object.
 * @throws DATA_INVALID as {@link readRows} does for the beginning of the file
 */
export async function findColumns(file: FileBytes, options: ReadOptions): Promise<readonly string[]> {
  if (options.format === 'parquet') return parquetColumns(file, options.at);
  if (options.format === 'tsv' || options.format === 'csv')
    for await (const row of tableRows(file, options)) return namesOf(row, options);
  for await (const { values } of readRows(file, { ...options, columns: [] })) return Object.keys(values);
  return [];
}

async function* tableRows(
  file: FileBytes,
  { format, at, quote, delimiter: wanted, encoding = 'utf-8' }: ReadOptions,
): AsyncGenerator<Cells> {
  const blocks = textBlocks(file, at, encoding);
  const delimiter = format === 'tsv' ? '\t' : (wanted ?? (await delimiterOf(file, at, encoding)));
  if (quote ?? format === 'csv')
    for await (const block of quotedBlocks(blocks)) yield* splitQuoted(block, delimiter, at);
  else for await (const block of blocks) yield* splitPlain(block, delimiter);
}

function namesOf({ line, cells }: Cells, { header = true, at }: ReadOptions): readonly string[] {
  if (header !== true) return header;
  const names = cells.map((cell) => cell.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw invalid(`${at}:${line}`, 'every column name once', `${shown(twice)} twice`, 'Rename one of the columns.');
  return names;
}

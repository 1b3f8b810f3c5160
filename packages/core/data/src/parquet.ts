import { AdapterFusionError, type Fields, type FileBytes } from '@adapterfusion/contracts';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { checkColumns, type FieldRow, type Row } from './columns.js';
import { flatten, outermost } from './flatten.js';
import { invalid, shown } from './invalid.js';

/** What is used of hyparquet, which is fetched when the first Parquet file is read. */
const library = () => import('hyparquet');

const FIX = 'Fetch or write the file again; columns have to be packed with Snappy or not at all.';

/** The columns of a Parquet file. @throws DATA_INVALID */
export async function parquetColumns(file: FileBytes, at: string): Promise<readonly string[]> {
  return namesIn(await metadataOf(bufferOf(file), at));
}

/** The rows of a Parquet file, a row group at a time. @throws DATA_INVALID with row group and row, both counted from 1 */
export async function* parquetRows(file: FileBytes, at: string, columns: readonly string[]): AsyncGenerator<Row> {
  for await (const { at: where, fields } of parquetObjects(file, at, columns)) yield rowOf(fields, where, columns);
}

/** As {@link parquetRows}, with lists and objects as they are. @throws as it does */
export async function* parquetObjects(
  file: FileBytes,
  at: string,
  columns: readonly string[] = [],
): AsyncGenerator<FieldRow> {
  const { parquetReadObjects } = await library();
  const buffer = bufferOf(file);
  const metadata = await metadataOf(buffer, at);
  const there = await namesIn(metadata);
  const outer = [...new Set(columns.map((name) => (there.includes(name) ? name : outermost(name))))];
  checkColumns(there, outer, at);
  let rowStart = 0;
  for (const [index, group] of metadata.row_groups.entries()) {
    const where = `${at}, row group ${index + 1}`;
    const rowEnd = rowStart + Number(group.num_rows);
    const wanted = columns.length > 0 ? { columns: outer } : {};
    const rows = await parquetReadObjects({ file: buffer, metadata, ...wanted, rowStart, rowEnd }).catch(
      (cause: unknown) => broken(where, cause),
    );
    rowStart = rowEnd;
    for (const [row, fields] of rows.entries()) yield { at: `${where}, row ${row + 1}`, fields };
  }
}

function rowOf(given: Fields, at: string, columns: readonly string[]): Row {
  const values = flatten(given);
  for (const name of columns)
    if (Object.hasOwn(given, name) && !Object.hasOwn(values, name))
      throw invalid(
        at,
        `text, a number or true/false in ${shown(name)}`,
        typeof given[name],
        `Name a value in it, as ${shown(`${name}.0`)}.`,
      );
  checkColumns(Object.keys(values), columns, at);
  return { at, values };
}

async function metadataOf(buffer: AsyncBuffer, at: string): Promise<FileMetaData> {
  const { parquetMetadataAsync } = await library();
  return parquetMetadataAsync(buffer).catch((cause: unknown) => broken(at, cause));
}

async function namesIn(metadata: FileMetaData): Promise<string[]> {
  const { parquetSchema } = await library();
  return parquetSchema(metadata).children.map(({ element }) => element.name);
}

function bufferOf(file: FileBytes): AsyncBuffer {
  return {
    byteLength: file.size,
    // A copy: the bytes may be a part of a larger buffer.
    slice: async (from, to = file.size) => new Uint8Array(await file.slice(from, to)).buffer,
  };
}

function broken(at: string, cause: unknown): never {
  if (AdapterFusionError.is(cause)) throw cause;
  throw invalid(at, 'a Parquet file', cause instanceof Error ? cause.message : String(cause), FIX, cause);
}

import { AdapterFusionError, type DatasetSource, type Example } from '@adapterfusion/contracts';
import { formatOf, readRows, toExamples, type Row } from '@adapterfusion/data';
import { chooseColumns, type ChosenColumns } from './columns.js';
import type { FilesOptions } from './options.js';

/** The rows of a file, and which columns are read. */
export interface ReadFile {
  readonly rows: readonly Row[];
  readonly columns: ChosenColumns;
  /** How to call the file in messages. */
  readonly at: string;
}

/** @throws DATA_INVALID with `file:line`; OPTIONS_INVALID for a file whose ending tells no format; FILE_NOT_FOUND */
export async function readFile(name: string, source: DatasetSource, options: FilesOptions): Promise<ReadFile> {
  const at = source.describe(name);
  const format = options.format === 'auto' ? formatOf(at) : options.format;
  if (format === undefined)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'files.format',
      expected: 'a file that ends in .tsv, .txt, .csv, .jsonl or .ndjson',
      got: at,
      fix: 'Name the option format.',
    });
  const rows = readRows(await source.read(name), {
    format,
    at,
    encoding: options.encoding,
    ...(options.header === null ? {} : { header: options.header }),
    ...(options.quote === null ? {} : { quote: options.quote }),
  });
  if (rows.length === 0)
    throw new AdapterFusionError('DATA_INVALID', {
      at,
      expected: 'rows below the header',
      got: 'none',
      fix: 'Check that the file was written completely; where no row names the columns, give the option header.',
    });
  return { rows, columns: chooseColumns(options, Object.keys(rows[0]!.values), at), at };
}

/** @throws DATA_INVALID and LABEL_UNKNOWN with `file:line` */
export function examplesOf(file: ReadFile, options: FilesOptions, labels: readonly string[]): Example[] {
  const { labelMap, id } = options;
  const optional = { ...(labelMap === null ? {} : { labelMap }), ...(id === null ? {} : { id }) };
  return toExamples(file.rows, { ...file.columns, ...optional, labels }, file.at);
}

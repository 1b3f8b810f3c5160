import { AdapterFusionError, type DatasetSource, type FileBytes } from '@adapterfusion/contracts';
import {
  findColumns,
  formatOf,
  KNOWN_ENDINGS,
  readFields,
  readRows,
  readTextFolders,
  type FieldRow,
  type ReadOptions,
  type Row,
} from '@adapterfusion/data';
import type { Part } from './layout.js';
import type { FilesOptions } from './options.js';

/** A part of the source, looked at. */
export interface OpenPart {
  /** Its rows, read anew with every call. @param columns those that must be there; of Parquet no others are read */
  rows(columns?: readonly string[]): AsyncIterable<Row>;
  /** The columns that there are. */
  readonly found: readonly string[];
  /** How to call the part in messages. */
  readonly at: string;
}

/** @throws DATA_INVALID with `file:line`; OPTIONS_INVALID for a file whose ending tells no format; FILE_NOT_FOUND */
export async function openPart(part: Part, source: DatasetSource, options: FilesOptions): Promise<OpenPart> {
  if ('folder' in part) {
    const at = source.describe(part.folder);
    const rows = () => notEmpty(readTextFolders(source, part.folder, part.labels, options.encoding), at);
    return { rows, found: ['text', 'label'], at };
  }
  const { file, read } = await openFile(part.file, source, options);
  const { at } = read;
  const rows = (columns: readonly string[] = []) => notEmpty(readRows(file, { ...read, columns }), at);
  return { rows, found: await findColumns(file, read), at };
}

/** As {@link openPart}; lists and objects within rows are not taken apart. @throws as it does */
export async function openFields(
  part: Part,
  source: DatasetSource,
  options: FilesOptions,
): Promise<{ rows(): AsyncIterable<FieldRow>; readonly found: readonly string[] }> {
  if ('folder' in part) {
    const { rows, found } = await openPart(part, source, options);
    return {
      found,
      async *rows() {
        for await (const { at, values } of rows()) yield { at, fields: values };
      },
    };
  }
  const { file, read } = await openFile(part.file, source, options);
  const rows = (): AsyncIterable<FieldRow> => notEmpty(readFields(file, read), read.at);
  for await (const { fields } of rows()) return { rows, found: Object.keys(fields) };
  return { rows, found: [] };
}

async function openFile(
  name: string,
  source: DatasetSource,
  options: FilesOptions,
): Promise<{ readonly file: FileBytes; readonly read: ReadOptions }> {
  const at = source.describe(name);
  const format = options.format === 'auto' ? formatOf(at) : options.format;
  if (format === undefined)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'files.format',
      expected: `a file that ends in ${KNOWN_ENDINGS}`,
      got: at,
      fix: 'Name the option format.',
    });
  const file = await source.open(name);
  const read: ReadOptions = {
    format,
    at,
    encoding: options.encoding,
    ...(options.header === null ? {} : { header: options.header }),
    ...(options.quote === null ? {} : { quote: options.quote }),
    ...(options.delimiter === null ? {} : { delimiter: options.delimiter }),
  };
  return { file, read };
}

async function* notEmpty<R>(rows: AsyncIterable<R>, at: string): AsyncGenerator<R> {
  let any = false;
  for await (const row of rows) {
    any = true;
    yield row;
  }
  if (any) return;
  throw new AdapterFusionError('DATA_INVALID', {
    at,
    expected: 'rows below the header',
    got: 'none',
    fix: 'Check that the file was written completely; where no row names the columns, give the option header.',
  });
}

import { AdapterFusionError, type DatasetSource } from '@adapterfusion/contracts';
import {
  findColumns,
  formatOf,
  KNOWN_ENDINGS,
  readRows,
  readTextFolders,
  type ReadOptions,
  type Row,
} from '@adapterfusion/data';
import { chooseColumns, type ChosenColumns } from './columns.js';
import type { Part } from './layout.js';
import type { FilesOptions } from './options.js';

/** The rows of a part, read anew with every call, and which of their columns are used. */
export interface OpenPart {
  rows(): AsyncIterable<Row>;
  readonly columns: ChosenColumns;
  /** All that there are. */
  readonly found: readonly string[];
  /** How to call the part in messages. */
  readonly at: string;
}

/** @throws DATA_INVALID with `file:line`; OPTIONS_INVALID for a file whose ending tells no format; FILE_NOT_FOUND */
export async function openPart(part: Part, source: DatasetSource, options: FilesOptions): Promise<OpenPart> {
  if ('folder' in part) {
    const at = source.describe(part.folder);
    const rows = () => notEmpty(readTextFolders(source, part.folder, part.labels, options.encoding), at);
    return { rows, columns: { text: 'text', label: 'label' }, found: ['text', 'label'], at };
  }
  const at = source.describe(part.file);
  const format = options.format === 'auto' ? formatOf(at) : options.format;
  if (format === undefined)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'files.format',
      expected: `a file that ends in ${KNOWN_ENDINGS}`,
      got: at,
      fix: 'Name the option format.',
    });
  const file = await source.open(part.file);
  const read: ReadOptions = {
    format,
    at,
    encoding: options.encoding,
    ...(options.header === null ? {} : { header: options.header }),
    ...(options.quote === null ? {} : { quote: options.quote }),
  };
  const found = await findColumns(file, read);
  const columns = chooseColumns(options, found, at);
  const wanted = [columns.text, columns.pair, columns.label, options.id].filter((name) => typeof name === 'string');
  return { rows: () => notEmpty(readRows(file, { ...read, columns: wanted }), at), columns, found, at };
}

async function* notEmpty(rows: AsyncIterable<Row>, at: string): AsyncGenerator<Row> {
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

import { checkColumns, type Row } from './columns.js';
import { decodeText } from './decode.js';
import { splitPlain, splitQuoted, type Cells } from './delimited.js';
import { invalid, shown } from './invalid.js';
import { readJsonLines } from './json-lines.js';

export type FileFormat = 'tsv' | 'csv' | 'jsonl';

/** How {@link readRows} reads a file. */
export interface ReadOptions {
  readonly format: FileFormat;
  /** How to call the file in messages. */
  readonly at: string;
  /** TSV and CSV: true when the first row names the columns (default), or the names where no row does. */
  readonly header?: true | readonly string[];
  /** TSV and CSV: whether cells may stand in double quotes. Default: in CSV, not in TSV. */
  readonly quote?: boolean;
  /** Columns that must be there. */
  readonly columns?: readonly string[];
  /** `utf-8-lossy` puts U+FFFD in the place of bytes that are not UTF-8. Default `utf-8`: they are refused. */
  readonly encoding?: 'utf-8' | 'utf-8-lossy';
}

/**
 * The rows of a TSV, CSV or JSONL file. A byte-order mark, any line ends and empty lines are taken as they come. In JSONL,
 * values that are lists or objects are left out.
 * @throws DATA_INVALID with `file:line`: empty file, NUL byte, not UTF-8, missing column, row with too few or too many
 * cells, broken quote, line that is not a JSON object
 */
export function readRows(bytes: Uint8Array, options: ReadOptions): Row[] {
  const { format, at, columns = [] } = options;
  const text = decodeText(bytes, at, options.encoding);
  if (format === 'jsonl') return readJsonLines(text, at, columns);
  const delimiter = format === 'tsv' ? '\t' : ',';
  const quote = options.quote ?? format === 'csv';
  const table = quote ? splitQuoted(text, delimiter, at) : splitPlain(text, delimiter);
  const given = options.header ?? true;
  const names = given === true ? headerNames(table[0]!, at) : given;
  checkColumns(names, columns, given === true ? `${at}:${table[0]!.line}` : at);
  return (given === true ? table.slice(1) : table).map(({ line, cells }) => {
    if (cells.length !== names.length)
      throw invalid(
        `${at}:${line}`,
        `${names.length} cells (${names.join(', ')})`,
        `${cells.length}, the first being ${shown(cells[0])}`,
        `Correct the row, or check the ${format === 'tsv' ? 'tabs' : 'commas'} and whether quoting should be on or off.`,
      );
    return { line, values: Object.fromEntries(names.map((name, index) => [name, cells[index]!])) };
  });
}

function headerNames({ line, cells }: Cells, at: string): readonly string[] {
  const names = cells.map((cell) => cell.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw invalid(`${at}:${line}`, 'every column name once', `${shown(twice)} twice`, 'Rename one of the columns.');
  return names;
}

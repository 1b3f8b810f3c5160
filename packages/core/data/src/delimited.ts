import { parse } from 'csv-parse/browser/esm/sync';
import { invalid } from './invalid.js';

/** The cells of a row and the line it begins on, counted from 1. */
export interface Cells {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Cuts text at line ends and delimiters; quotes are characters like others. Empty lines are left out. */
export function splitPlain(text: string, delimiter: string): Cells[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((row, index) => ({ line: index + 1, cells: row.split(delimiter) }))
    .filter(({ cells }) => cells.length > 1 || cells[0] !== '');
}

/**
 * Reads text whose cells may stand in double quotes (RFC 4180). Empty lines are left out; a line end inside quotes becomes
 * `\n`.
 * @throws DATA_INVALID for a quote that is not closed, or stands inside a cell without quotes
 */
export function splitQuoted(text: string, delimiter: string, at: string): Cells[] {
  const rows: Cells[] = [];
  let next = 1;
  try {
    parse(text.replace(/\r\n?/g, '\n'), {
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (cells: string[], { lines }: { lines: number }) => {
        const inside = cells.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
        rows.push({ line: lines - inside, cells });
        next = lines + 1;
        return null;
      },
    });
  } catch (cause) {
    throw quoteError(cause, next, at);
  }
  return rows;
}

function quoteError(cause: unknown, next: number, at: string): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const fix = 'Write a quote inside a quoted cell twice (""), or read the file with quoting off.';
  if (code === 'CSV_QUOTE_NOT_CLOSED')
    return invalid(
      `${at}:${next}`,
      'every quote to be closed',
      'a quote that is open at the end of the file',
      fix,
      cause,
    );
  if (code === undefined || !(cause instanceof Error)) throw cause;
  const line = 'lines' in cause && typeof cause.lines === 'number' ? cause.lines : next;
  return invalid(`${at}:${line}`, 'quotes around whole cells', cause.message, fix, cause);
}

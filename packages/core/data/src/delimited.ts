import { parse } from 'csv-parse/browser/esm/sync';
import { invalid } from './invalid.js';
import type { FileBytes } from '@adapterfusion/contracts';
import type { TextEncoding } from './decode.js';
import { LINE_END, textBlocks, type TextBlock } from './text-blocks.js';

/** What may divide the columns of a CSV file. */
export const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** What divides the columns of a CSV file: of the delimiters the one that its header has most outside quotes, the first of equals. */
export async function delimiterOf(file: FileBytes, at: string, encoding: TextEncoding): Promise<Delimiter> {
  let header = '';
  for await (const { text } of textBlocks(file, at, encoding)) {
    header = text.split(LINE_END).find((line) => line.trim() !== '') ?? '';
    if (header !== '') break;
  }
  const bare = header.replace(/"[^"]*"/g, '');
  const count = (delimiter: Delimiter): number => bare.split(delimiter).length;
  return DELIMITERS.reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** The cells of a row and the line it begins on, counted from 1. */
export interface Cells {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Cuts text at line ends and delimiters; quotes are characters like others. Empty lines are left out. */
export function splitPlain({ text, line }: TextBlock, delimiter: string): Cells[] {
  return text
    .split(LINE_END)
    .map((row, index) => ({ line: line + index, cells: row.split(delimiter) }))
    .filter(({ cells }) => cells.length > 1 || cells[0] !== '');
}

/** Cuts text anew, at line ends outside quotes: where the number of quotes is even. */
export async function* quotedBlocks(blocks: AsyncIterable<TextBlock>): AsyncGenerator<TextBlock> {
  let [held, line, open]: [string[], number, boolean] = [[], 1, false];
  for await (const { text } of blocks) {
    let end = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 0x22) open = !open;
      else if (code === 0x0a && !open) end = i + 1;
    }
    if (end > 0) {
      const block = { text: [...held, text.slice(0, end)].join(''), line };
      yield block;
      line += block.text.split(LINE_END).length - 1;
      held = [];
    }
    if (end < text.length) held.push(text.slice(end));
  }
  if (held.length > 0) yield { text: held.join(''), line };
}

/**
 * Reads text whose cells may stand in double quotes (RFC 4180). Empty lines are left out; a line end inside quotes becomes
 * `\n`.
 * @throws DATA_INVALID for a quote that is not closed, or stands inside a cell without quotes
 */
export function splitQuoted({ text, line: first }: TextBlock, delimiter: string, at: string): Cells[] {
  const rows: Cells[] = [];
  let next = first;
  try {
    parse(text.replace(/\r\n?/g, '\n'), {
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (cells: string[], { lines }: { lines: number }) => {
        const inside = cells.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
        rows.push({ line: first - 1 + lines - inside, cells });
        next = first + lines;
        return null;
      },
    });
  } catch (cause) {
    throw quoteError(cause, first, next, at);
  }
  return rows;
}

function quoteError(cause: unknown, first: number, next: number, at: string): Error {
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
  const line = 'lines' in cause && typeof cause.lines === 'number' ? first - 1 + cause.lines : next;
  const got = cause.message.replace(/ (at|on) line \d+/, '');
  return invalid(`${at}:${line}`, 'quotes around whole cells', got, fix, cause);
}

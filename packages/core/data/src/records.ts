import type { Row } from './columns.js';
import { invalid } from './invalid.js';
import { LINE_END, type TextBlock } from './text-blocks.js';

/** The lines of a file, blank ones too, with their numbers. */
export async function* linesOf(blocks: AsyncIterable<TextBlock>): AsyncGenerator<{ text: string; line: number }> {
  for await (const { text, line } of blocks) {
    const lines = text.split(LINE_END);
    if (lines.at(-1) === '') lines.pop();
    for (const [index, each] of lines.entries()) yield { text: each, line: line + index };
  }
}

/**
 * Rows of several lines each.
 * @param names of the lines of a row, in order
 * @throws DATA_INVALID with `file:line` where the last row lacks lines
 */
export async function* recordRows(
  blocks: AsyncIterable<TextBlock>,
  at: string,
  names: readonly string[],
): AsyncGenerator<Row> {
  let values: Record<string, string> = {};
  let [begun, count] = [1, 0];
  for await (const { text, line } of linesOf(blocks)) {
    if (count === 0) begun = line;
    values[names[count++]!] = text;
    if (count < names.length) continue;
    yield { at: `${at}:${begun}`, values };
    [values, count] = [{}, 0];
  }
  if (count > 0)
    throw invalid(
      `${at}:${begun}`,
      `${names.length} lines a row (${names.join(', ')})`,
      `${count} at the end`,
      'Fetch the file again.',
    );
}

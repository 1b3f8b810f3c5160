import { checkColumns, type FieldRow, type Row } from './columns.js';
import { flatten } from './flatten.js';
import { invalid, shown } from './invalid.js';
import { LINE_END, type TextBlock } from './text-blocks.js';

/** An object of a file as it is written there, and the line it begins on. */
export interface JsonText {
  readonly text: string;
  readonly line: number;
}

/** The lines that are not blank. */
export async function* jsonLines(blocks: AsyncIterable<TextBlock>): AsyncGenerator<JsonText> {
  for await (const { text, line } of blocks)
    for (const [index, each] of text.split(LINE_END).entries())
      if (each.trim() !== '') yield { text: each, line: line + index };
}

/**
 * Objects as rows; values within lists and objects have dotted names.
 * @param columns those that must be there
 * @throws DATA_INVALID with `file:line`
 */
export async function* jsonRows(
  objects: AsyncIterable<JsonText>,
  at: string,
  columns: readonly string[],
): AsyncGenerator<Row> {
  for await (const { text, line } of objects) {
    const where = `${at}:${line}`;
    const object = parseObject(text, where);
    const values = flatten(object);
    for (const name of columns)
      if (Object.hasOwn(object, name) && !Object.hasOwn(values, name))
        throw invalid(
          where,
          `text, a number or true/false in ${shown(name)}`,
          shown(object[name]),
          `Name a value in it, as ${shown(`${name}.0`)}.`,
        );
    checkColumns(Object.keys(values), columns, where);
    yield { at: where, values };
  }
}

/** Objects as they are written, lists and objects within them included. @throws DATA_INVALID with `file:line` */
export async function* jsonObjects(objects: AsyncIterable<JsonText>, at: string): AsyncGenerator<FieldRow> {
  for await (const { text, line } of objects) {
    const where = `${at}:${line}`;
    yield { at: where, fields: parseObject(text, where) };
  }
}

function parseObject(source: string, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw invalid(
      where,
      'a JSON object',
      shown(source),
      `${String(cause).replace(/\.?$/, '.')} Write one object a line, or a list of objects.`,
      cause,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(where, 'a JSON object', shown(value), 'Write one object a line, or a list of objects.');
  return value as Record<string, unknown>;
}

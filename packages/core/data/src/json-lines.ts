import { invalid, shown } from './invalid.js';
import { checkColumns, type Row, type Value } from './columns.js';

/** One JSON object a line. @throws DATA_INVALID with `file:line` */
export function readJsonLines(text: string, at: string, columns: readonly string[]): Row[] {
  const rows: Row[] = [];
  for (const [index, source] of text.split(/\r\n|\n/).entries()) {
    if (source.trim() === '') continue;
    const where = `${at}:${index + 1}`;
    const object = parseObject(source, where);
    const scalars = Object.entries(object).filter((entry): entry is [string, Value] => isScalar(entry[1]));
    const values = Object.fromEntries(scalars);
    checkColumns(Object.keys(object), columns, where);
    for (const name of columns)
      if (!Object.hasOwn(values, name))
        throw invalid(
          where,
          `text, a number or true/false in ${shown(name)}`,
          shown(object[name]),
          'Flatten the value.',
        );
    rows.push({ line: index + 1, values });
  }
  return rows;
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
      `${String(cause).replace(/\.?$/, '.')} Write one object a line.`,
      cause,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(where, 'a JSON object', shown(value), 'Write one object a line.');
  return value as Record<string, unknown>;
}

function isScalar(value: unknown): value is Value {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

import type { Row } from './columns.js';

/** Rows from `from` to before `to`, both as `Array.slice` counts them; all are in memory where one counts from the end. */
export async function* sliceRows(rows: AsyncIterable<Row>, from = 0, to = Infinity): AsyncGenerator<Row> {
  if (from < 0 || to < 0) {
    const all: Row[] = [];
    for await (const row of rows) all.push(row);
    yield* all.slice(from, to);
    return;
  }
  let index = 0;
  if (to <= from) return;
  for await (const row of rows) {
    if (index >= from) yield row;
    if (++index >= to) return;
  }
}

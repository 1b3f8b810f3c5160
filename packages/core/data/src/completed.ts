import type { DatasetSource } from '@adapterfusion/contracts';
import type { Row } from './columns.js';
import type { FileForm } from './file-form.js';
import { invalid } from './invalid.js';
import { linesOf } from './records.js';
import { textBlocks } from './text-blocks.js';

/**
 * Rows with the columns that their form adds: those made out of others, and labels of another file.
 * @param name of the file that the rows are from
 * @throws DATA_INVALID where the other file has not a line for each row; FILE_NOT_FOUND
 */
export async function* completed(
  rows: AsyncIterable<Row>,
  { columns, derived, labelFile, read }: FileForm,
  name: string,
  source: DatasetSource,
): AsyncGenerator<Row> {
  const beside = labelFile?.(name);
  const at = source.describe(beside ?? name);
  const labels =
    beside === undefined ? undefined : linesOf(textBlocks(await source.open(beside), at, read.encoding ?? 'utf-8'));
  for await (const row of rows) {
    const next = await labels?.next();
    if (next?.done) throw invalid(at, `a label for the row ${row.at}`, 'no more lines', 'Fetch both files again.');
    yield {
      at: row.at,
      values: {
        ...row.values,
        ...derived?.make(row.values),
        ...(next ? { [columns.label!]: next.value.text } : {}),
      },
    };
  }
  const more = await labels?.next();
  if (more && !more.done)
    throw invalid(`${at}:${more.value.line}`, 'as many labels as rows', 'one more', 'Fetch both files again.');
}

import { labelText } from './examples.js';
import { invalid, shown } from './invalid.js';
import type { Row } from './columns.js';

const MOST = 1000;

/**
 * The distinct labels of a column, sorted: by value where all are numbers, else by code unit.
 * @param at how to call the file in messages
 * @throws DATA_INVALID for a row without a label, for fewer than 2 labels, and for more than 1000
 */
export async function inferLabels(
  rows: AsyncIterable<Row> | Iterable<Row>,
  column: string,
  at: string,
): Promise<string[]> {
  const labels = new Set<string>();
  for await (const row of rows) {
    const label = labelText(row.values[column]);
    if (label === '')
      throw invalid(
        row.at,
        `a label in the column ${shown(column)}`,
        shown(row.values[column]),
        'Fill in the label or remove the row.',
      );
    labels.add(label);
    if (labels.size > MOST)
      throw invalid(
        row.at,
        `at most ${MOST} labels in the column ${shown(column)}`,
        'more',
        'Name the column that holds the label.',
      );
  }
  if (labels.size < 2)
    throw invalid(
      at,
      `at least 2 labels in the column ${shown(column)}`,
      labels.size === 0 ? 'no rows' : `only ${shown([...labels][0])}`,
      'A classifier needs rows of at least 2 labels.',
    );
  const sorted = [...labels].sort();
  return sorted.every((label) => Number.isFinite(Number(label)))
    ? sorted.sort((a, b) => Number(a) - Number(b))
    : sorted;
}

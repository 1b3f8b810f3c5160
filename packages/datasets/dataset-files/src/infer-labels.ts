import { inferLabels, readNumber, type Row } from '@adapterfusion/data';
import type { FilesOptions } from './options.js';

type Found = Pick<FilesOptions, 'task' | 'labels' | 'range'>;

/**
 * What the labels of the training rows mean, and which there are.
 * @param rows reads them anew
 * @throws DATA_INVALID
 */
export async function inferMeaning(
  options: FilesOptions,
  rows: () => AsyncIterable<Row>,
  label: string,
  at: string,
): Promise<Found> {
  const { task, choices, labelMap } = options;
  const named = options.labels ?? (labelMap && [...new Set(Object.values(labelMap))]);
  if (task === 'regression' || (task === 'auto' && !named && !choices)) {
    const numbers = options.range ?? (await rangeOf(rows(), label, task === 'regression'));
    if (numbers) return { task: 'regression', labels: null, range: numbers };
  }
  const labels = named ?? (await inferLabels(rows(), label, at));
  return { task: task === 'auto' ? (choices ? 'multiple-choice' : 'text-classification') : task, labels, range: null };
}

/** The smallest and the largest number. @returns undefined, unless it `must` be numbers, where it reads like classes */
async function rangeOf(
  rows: AsyncIterable<Row>,
  label: string,
  must: boolean,
): Promise<readonly [number, number] | undefined> {
  let [min, max, whole] = [Infinity, -Infinity, true];
  for await (const { values, at } of rows) {
    const number = readNumber(values[label], label, at, must);
    if (number === undefined) return undefined;
    min = Math.min(min, number);
    max = Math.max(max, number);
    whole &&= Number.isInteger(number);
  }
  return must || !whole ? [min, max] : undefined;
}

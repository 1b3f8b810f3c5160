import {
  AdapterFusionError,
  type Dataset,
  type DatasetSource,
  type Example,
  type TextExample,
  type Split,
} from '@adapterfusion/contracts';

/**
 * All examples of a split.
 * @typeParam E what the data set yields
 * @throws DATA_INVALID where the split has none, and what the dataset throws
 */
export async function collect<E extends Example = TextExample>(
  dataset: Dataset,
  split: Split,
  source: DatasetSource,
): Promise<E[]> {
  const examples: E[] = [];
  for await (const example of dataset.examples(split, source)) examples.push(example as E);
  if (examples.length === 0)
    throw new AdapterFusionError('DATA_INVALID', {
      at: source.describe(''),
      expected: `rows in the split "${split}"`,
      got: 'none',
      fix: 'Check the file: it may hold a header and nothing else.',
    });
  return examples;
}

/** What a split holds. */
export interface SplitSize {
  readonly split: Split;
  readonly rows: number;
  /** Rows of each label that is an index, in the order of the task's labels. */
  readonly labels: readonly number[];
}

/** Counts the rows and labels of every split that a source has. @throws what the dataset throws */
export async function splitSizes(dataset: Dataset, source: DatasetSource): Promise<SplitSize[]> {
  const names = dataset.task.labels ?? [];
  const sizes: SplitSize[] = [];
  for (const split of await dataset.splits(source)) {
    const labels = new Array<number>(names.length).fill(0);
    let rows = 0;
    for await (const { label } of dataset.examples(split, source) as AsyncIterable<{ readonly label?: number }>) {
      rows++;
      if (label !== undefined && label in labels) labels[label]!++;
    }
    sizes.push({ split, rows, labels });
  }
  return sizes;
}

import { collect } from '@adapterfusion/data';
import { fileSource } from '@adapterfusion/runtime';
import { createRegistry, filesOf } from 'adapterfusion';
import { sharedPlaces } from './shared.js';

/** A labelled pair of texts. */
export interface Pair {
  readonly text: string;
  readonly pair: string;
  readonly label: number;
}

/** The training rows of RTE with the names of its labels. */
export async function rteRows(): Promise<{ readonly rows: readonly Pair[]; readonly labels: readonly string[] }> {
  const dataset = createRegistry().configure('dataset', 'rte').create({});
  const rows: Pair[] = [];
  for (const { text, pair, label } of await collect(dataset, 'train', fileSource(filesOf(), sharedPlaces().data)))
    rows.push({ text, pair: pair!, label: label! });
  return { rows, labels: dataset.task.labels ?? [] };
}

import type { TextColumns } from './examples.js';
import type { FileForm } from './file-form.js';

/** The file of a split in a data set of the hub, where it is in one piece. @param split as the hub calls it */
export const hubFile = (split: string): string => `${split}-00000-of-00001.parquet`;

/**
 * The form that data sets of classification have on the hub: Parquet, labels as numbers.
 * @param columns.order what the numbers mean; default: the labels in order
 */
export function hubForm(columns: {
  readonly text: TextColumns;
  readonly pair?: TextColumns;
  readonly label?: string;
  readonly labels: readonly string[];
  readonly order?: readonly string[];
  readonly leaveOut?: readonly string[];
}): FileForm {
  const { order, ...rest } = columns;
  const labelMap = Object.fromEntries((order ?? rest.labels).map((name, index) => [String(index), name]));
  return { read: { format: 'parquet' }, columns: { label: 'label', ...rest, labelMap } };
}

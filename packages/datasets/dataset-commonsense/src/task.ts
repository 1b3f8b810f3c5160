import type { PluginFactory } from '@adapterfusion/contracts';
import { folderTask, type FolderOptions, type FolderTask } from '@adapterfusion/data';

const published = { packageName: '@adapterfusion/dataset-commonsense', packageVersion: '0.1.0' };
const LICENCE = 'its source states no licence';

/** A multiple-choice task: its files as its authors or the hub publish them. */
export const choiceTask = (
  task: Omit<FolderTask, 'metrics' | 'licence' | 'read'> & Partial<Pick<FolderTask, 'read'>>,
): PluginFactory<'dataset', FolderOptions> =>
  folderTask({ read: { format: 'jsonl' }, metrics: ['accuracy'], licence: LICENCE, ...task }, published);

/** A text made out of columns, with a space between them. @param from at least one column */
export const spaced = (from: readonly string[]) => ({
  from,
  columns: ['text'],
  make: (values: Readonly<Record<string, unknown>>) => ({ text: from.map((name) => values[name]).join(' ') }),
});

import type { PluginFactory } from '@adapterfusion/contracts';
import { folderTask, hubFile, type FolderOptions, type FolderTask } from '@adapterfusion/data';

const published = { packageName: '@adapterfusion/dataset-glue', packageVersion: '0.1.0' };
const LICENCE = 'GLUE copy; its source states no licence';

/** A task of GLUE: its files in the benchmark's own layout, in the hub's, or in another that is in use. */
export const glueTask = ({
  read = { format: 'tsv' },
  licence = LICENCE,
  ...task
}: Omit<FolderTask, 'read' | 'licence'> & Partial<Pick<FolderTask, 'read' | 'licence'>>): PluginFactory<
  'dataset',
  FolderOptions
> => folderTask({ ...task, read, licence }, published);

/** A task's files: those of the benchmark, then those of the hub. */
export const glueFiles = {
  train: ['train.tsv', hubFile('train')],
  validation: ['dev.tsv', 'validation.tsv', hubFile('validation')],
};

import type { PluginFactory } from '@adapterfusion/contracts';
import { folderTask, hubFile, type FolderOptions, type FolderTask } from '@adapterfusion/data';

const published = { packageName: '@adapterfusion/dataset-superglue', packageVersion: '0.1.0' };

/** A task of SuperGLUE: its files as the benchmark, the hub, or others publish them. */
export const superglueTask = (task: Omit<FolderTask, 'read' | 'files'>): PluginFactory<'dataset', FolderOptions> =>
  folderTask(
    {
      ...task,
      read: { format: 'jsonl' },
      files: {
        train: ['train.jsonl', hubFile('train')],
        validation: ['val.jsonl', 'dev.jsonl', 'validation.jsonl', hubFile('validation')],
      },
    },
    published,
  );

import type { PluginFactory } from '@adapterfusion/contracts';
import { folderTask, hubFile, type FolderOptions, type FolderTask } from '@adapterfusion/data';

const published = { packageName: '@adapterfusion/dataset-sentences', packageVersion: '0.1.0' };

/** A task of this package: `sentence` and a label by number in JSON lines, or what the hub has. */
export const sentenceTask = (
  task: Omit<FolderTask, 'read' | 'files' | 'columns'>,
  labels: readonly string[],
): PluginFactory<'dataset', FolderOptions> =>
  folderTask(
    {
      ...task,
      read: { format: 'jsonl' },
      files: {
        train: ['train.jsonl', hubFile('train'), 'train.parquet'],
        validation: ['validation.jsonl', 'dev.jsonl', hubFile('validation'), 'validation.parquet'],
        test: ['test.jsonl', hubFile('test'), 'test.parquet'],
      },
      columns: {
        text: 'sentence',
        label: 'label',
        labels,
        labelMap: Object.fromEntries(labels.map((name, index) => [String(index), name])),
      },
    },
    published,
  );

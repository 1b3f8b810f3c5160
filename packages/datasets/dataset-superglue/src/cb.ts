import { definePlugin, parseOptions } from '@adapterfusion/contracts';
import { folderDataset } from '@adapterfusion/data';

/** The tasks of this package take no options. */
export type NoOptions = Readonly<Record<string, never>>;

/** CommitmentBank: does the speaker of the premise hold the hypothesis true? 250 rows to train on. */
export const cb = definePlugin<'dataset', NoOptions>({
  kind: 'dataset',
  id: 'cb',
  packageName: '@adapterfusion/dataset-superglue',
  packageVersion: '0.1.0',
  supports: { streaming: false },
  options: (input) => parseOptions({}, input, 'cb'),
  create: () =>
    folderDataset({
      folder: 'CB',
      files: { train: ['train.jsonl'], validation: ['val.jsonl', 'dev.jsonl', 'validation.jsonl'] },
      read: { format: 'jsonl' },
      columns: {
        id: 'idx',
        text: 'premise',
        pair: 'hypothesis',
        label: 'label',
        labels: ['entailment', 'neutral', 'contradiction'],
      },
      metrics: ['accuracy', 'macro-f1'],
      licence: 'SuperGLUE copy; its source states no licence',
    }),
});

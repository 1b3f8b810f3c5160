import type { PluginFactory } from '@adapterfusion/contracts';
import { folderTask, hubFile, hubForm, type FolderOptions } from '@adapterfusion/data';

const kind = { labels: ['negative', 'positive'], labelMap: { '0': 'negative', '1': 'positive' } };

/**
 * Large Movie Review Dataset: is a review of a film kind? Read as released (every review a file in `train/pos`,
 * `train/neg`, `test/pos`, `test/neg`), as JSON lines, and in the hub's Parquet. It has no validation split.
 */
export const imdb: PluginFactory<'dataset', FolderOptions> = folderTask(
  {
    id: 'imdb',
    folder: ['IMDB', 'aclImdb', 'plain_text'],
    files: { train: ['train.jsonl', hubFile('train')], test: ['test.jsonl', hubFile('test')] },
    read: { format: 'jsonl' },
    columns: { text: 'text', label: 'label', ...kind },
    otherForms: [hubForm({ text: 'text', labels: kind.labels })],
    textFolders: { splits: { train: 'train', test: 'test' }, labels: { neg: 'negative', pos: 'positive' } },
    metrics: ['accuracy'],
    licence: 'its source states none; Maas et al. 2011 ask to be cited',
  },
  { packageName: '@adapterfusion/dataset-imdb', packageVersion: '0.1.0' },
);

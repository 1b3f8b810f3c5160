import type { PluginFactory } from '@adapterfusion/contracts';
import { folderTask, type FolderOptions } from '@adapterfusion/data';

const TOPICS = [
  'abortion',
  'cloning',
  'death_penalty',
  'gun_control',
  'marijuana_legalization',
  'minimum_wage',
  'nuclear_energy',
  'school_uniforms',
];

/**
 * UKP Sentential Argument Mining Corpus (Stab et al. 2018): is a sentence an argument for a topic, against it, or none?
 * Topic and sentence are a pair. The completed files, one a topic, are read together; their column `set` tells the split.
 */
export const argument: PluginFactory<'dataset', FolderOptions> = folderTask(
  {
    id: 'argument',
    aliases: ['ukp', 'ukp-argument'],
    folder: 'complete',
    files: {},
    pooled: {
      files: TOPICS.map((topic) => `${topic}.tsv`),
      column: 'set',
      values: { train: 'train', validation: 'val', test: 'test' },
    },
    read: { format: 'tsv' },
    columns: {
      text: 'topic',
      pair: 'sentence',
      label: 'annotation',
      labels: ['NoArgument', 'Argument_against', 'Argument_for'],
    },
    metrics: ['macro-f1', 'accuracy'],
    licence: 'annotations CC BY-NC; the sentences may not be redistributed',
  },
  { packageName: '@adapterfusion/dataset-argument', packageVersion: '0.1.0' },
);

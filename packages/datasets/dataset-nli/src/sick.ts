import { definePlugin, parseOptions } from '@adapterfusion/contracts';
import { folderDataset } from '@adapterfusion/data';

/** The tasks of this package take no options. */
export type NoOptions = Readonly<Record<string, never>>;

/** SICK, sentences involving compositional knowledge: entailment of short captions. Validation is the trial file. */
export const sick = definePlugin<'dataset', NoOptions>({
  kind: 'dataset',
  id: 'sick',
  aliases: ['sick-e'],
  packageName: '@adapterfusion/dataset-nli',
  packageVersion: '0.1.0',
  supports: { streaming: false },
  options: (input) => parseOptions({}, input, 'sick'),
  create: () =>
    folderDataset({
      folder: 'SICK',
      files: { train: ['SICK_train.txt'], validation: ['SICK_trial.txt'], test: ['SICK_test_annotated.txt'] },
      read: { format: 'tsv' },
      columns: {
        id: 'pair_ID',
        text: 'sentence_A',
        pair: 'sentence_B',
        label: 'entailment_judgment',
        labels: ['entailment', 'neutral', 'contradiction'],
        labelMap: { ENTAILMENT: 'entailment', NEUTRAL: 'neutral', CONTRADICTION: 'contradiction' },
      },
      metrics: ['accuracy', 'macro-f1'],
      licence: 'CC BY-NC-SA 3.0',
    }),
});

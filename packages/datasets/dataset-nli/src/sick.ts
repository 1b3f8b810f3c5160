import { nliTask } from './task.js';

/** SICK, sentences involving compositional knowledge: entailment of short captions. Validation is the trial file. */
export const sick = nliTask({
  id: 'sick',
  aliases: ['sick-e'],
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
});

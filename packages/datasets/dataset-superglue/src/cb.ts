import { hubForm } from '@adapterfusion/data';
import { superglueTask } from './task.js';

const labels = ['entailment', 'neutral', 'contradiction'];

/** CommitmentBank: does the speaker of the premise hold the hypothesis true? 250 rows to train on. */
export const cb = superglueTask({
  id: 'cb',
  folder: 'CB',
  columns: { id: 'idx', text: 'premise', pair: 'hypothesis', label: 'label', labels },
  otherForms: [
    hubForm({ text: 'premise', pair: 'hypothesis', labels, order: ['entailment', 'contradiction', 'neutral'] }),
  ],
  metrics: ['accuracy', 'macro-f1'],
  licence: 'SuperGLUE copy; its source states no licence',
});

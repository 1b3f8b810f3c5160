import { hubForm } from '@adapterfusion/data';
import { glueFiles, glueTask } from './task.js';

const labels = {
  labels: ['not_duplicate', 'duplicate'],
  labelMap: { '0': 'not_duplicate', '1': 'duplicate' },
};

/**
 * Quora question pairs: do two questions ask the same? Two layouts are in use beside the hub's: the benchmark's, and that of
 * the balanced partition of Wang et al. 2017 (label, questions and id, no row of names), whose splits have to be named with
 * `files` where the training file is not there.
 */
export const qqp = glueTask({
  id: 'qqp',
  folder: 'QQP',
  files: glueFiles,
  columns: { id: 'id', text: 'question1', pair: 'question2', label: 'is_duplicate', ...labels },
  otherForms: [
    {
      read: { format: 'tsv', header: ['label', 'question1', 'question2', 'id'] },
      columns: { id: 'id', text: 'question1', pair: 'question2', label: 'label', ...labels },
    },
    hubForm({ text: 'question1', pair: 'question2', labels: labels.labels }),
  ],
  metrics: ['accuracy', 'f1'],
  licence: "Quora's terms of service",
});

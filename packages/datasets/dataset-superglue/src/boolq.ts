import { hubForm, type ExampleColumns } from '@adapterfusion/data';
import { superglueTask } from './task.js';

const answers = { labels: ['no', 'yes'], labelMap: { false: 'no', true: 'yes' } };

/** What the authors' own release calls `answer`. */
const original: ExampleColumns = { text: 'question', pair: 'passage', label: 'answer', ...answers };

/**
 * Boolean questions: does the passage answer the question with yes? Read as SuperGLUE publishes it, and as its authors do
 * (`answer` in the place of `label`), there also as one list in a `.json` file.
 */
export const boolq = superglueTask({
  id: 'boolq',
  folder: 'BoolQ',
  columns: { text: 'question', pair: 'passage', label: 'label', ...answers },
  otherForms: [
    { read: { format: 'jsonl' }, columns: original },
    { read: { format: 'json' }, columns: original },
    hubForm({ text: 'question', pair: 'passage', labels: answers.labels }),
    { read: { format: 'parquet' }, columns: original },
  ],
  metrics: ['accuracy'],
  licence: 'CC BY-SA 3.0',
});

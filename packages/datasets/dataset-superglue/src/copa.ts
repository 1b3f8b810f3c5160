import { superglueTask } from './task.js';

const ASKS: Readonly<Record<string, string>> = {
  cause: 'What was the cause of this?',
  effect: 'What happened as a result?',
};

const form = {
  columns: { id: 'idx', text: 'text', choices: ['choice1', 'choice2'], label: 'label', labels: ['0', '1'] },
  derived: {
    from: ['premise', 'question'],
    columns: ['text'],
    make: ({ premise, question }: Readonly<Record<string, unknown>>) => ({
      text: `${String(premise)} ${ASKS[String(question)] ?? String(question)}`,
    }),
  },
};

/** Choice of plausible alternatives: which of two is the cause, or the effect, of the premise? 400 rows to train on. */
export const copa = superglueTask({
  id: 'copa',
  folder: 'COPA',
  ...form,
  otherForms: [{ read: { format: 'parquet' }, ...form }],
  metrics: ['accuracy'],
  licence: 'BSD 2-clause',
});

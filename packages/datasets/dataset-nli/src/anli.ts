import { hubFile, hubForm } from '@adapterfusion/data';
import { nliTask } from './task.js';

const labels = ['entailment', 'neutral', 'contradiction'];

const round = (number: 1 | 2 | 3) =>
  nliTask({
    id: `anli-r${number}`,
    folder: [`R${number}`, 'plain_text'],
    files: {
      train: ['train.jsonl', hubFile(`train_r${number}`)],
      validation: ['dev.jsonl', hubFile(`dev_r${number}`)],
      test: ['test.jsonl', hubFile(`test_r${number}`)],
    },
    read: { format: 'jsonl' },
    columns: {
      text: 'context',
      pair: 'hypothesis',
      label: 'label',
      labels,
      labelMap: { e: 'entailment', n: 'neutral', c: 'contradiction' },
    },
    otherForms: [hubForm({ text: 'premise', pair: 'hypothesis', labels })],
    metrics: ['accuracy'],
    licence: 'CC BY-NC 4.0',
  });

/** Adversarial NLI, first round: hypotheses written to deceive a model, about paragraphs of Wikipedia. */
export const anliR1 = round(1);

/** Adversarial NLI, second round. */
export const anliR2 = round(2);

/** Adversarial NLI, third round, with texts of other kinds. */
export const anliR3 = round(3);

import type { FileForm } from '@adapterfusion/data';
import { glueTask } from './task.js';

const labels = ['entailment', 'neutral', 'contradiction'];

/** Other columns than the benchmark's: a copy of the matched validation rows that is published with HANS. */
const hans: FileForm = {
  read: { format: 'tsv' },
  columns: { id: 'index', text: 'premise', pair: 'hypothesis', label: 'gold_label', labels },
};

const multiNli = (id: string, validation: string, aliases: readonly string[]) =>
  glueTask(
    id,
    {
      folder: 'MNLI',
      files: { train: ['train.tsv'], validation: [validation] },
      columns: { id: 'index', text: 'sentence1', pair: 'sentence2', label: 'gold_label', labels },
      otherForms: [hans],
      metrics: ['accuracy'],
      licence: 'OANC, CC BY-SA 3.0 and others, by the genre of the row',
    },
    aliases,
  );

/** Multi-genre natural language inference, measured on the genres that it trains on. */
export const mnli = multiNli('mnli', 'dev_matched.tsv', ['mnli_matched', 'mnli-matched']);

/** Multi-genre natural language inference, measured on other genres than it trains on. */
export const mnliMismatched = multiNli('mnli-mismatched', 'dev_mismatched.tsv', ['mnli_mismatched']);

/** Question NLI, from SQuAD: does the sentence hold the answer to the question? */
export const qnli = glueTask('qnli', {
  folder: 'QNLI',
  files: { train: ['train.tsv'], validation: ['dev.tsv', 'validation.tsv'] },
  columns: {
    id: 'index',
    text: 'question',
    pair: 'sentence',
    label: 'label',
    labels: ['entailment', 'not_entailment'],
  },
  metrics: ['accuracy'],
  licence: 'CC BY-SA 4.0',
});

/** Winograd NLI: does the sentence follow when its pronoun is put in words? */
export const wnli = glueTask('wnli', {
  folder: 'WNLI',
  files: { train: ['train.tsv'], validation: ['dev.tsv', 'validation.tsv'] },
  columns: {
    id: 'index',
    text: 'sentence1',
    pair: 'sentence2',
    label: 'label',
    labels: ['not_entailment', 'entailment'],
    labelMap: { '0': 'not_entailment', '1': 'entailment' },
  },
  metrics: ['accuracy'],
});

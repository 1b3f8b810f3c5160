import { hubFile, hubForm, type FileForm } from '@adapterfusion/data';
import { glueFiles, glueTask } from './task.js';

const labels = ['entailment', 'neutral', 'contradiction'];
const binary = ['entailment', 'not_entailment'];
const follows = {
  labels: ['not_entailment', 'entailment'],
  labelMap: { '0': 'not_entailment', '1': 'entailment' },
};

/** Other columns than the benchmark's: a copy of the matched validation rows that is published with HANS. */
const hans: FileForm = {
  read: { format: 'tsv' },
  columns: { id: 'index', text: 'premise', pair: 'hypothesis', label: 'gold_label', labels },
};

const multiNli = (id: string, part: 'matched' | 'mismatched', aliases: readonly string[]) =>
  glueTask({
    id,
    aliases,
    folder: 'MNLI',
    files: {
      train: glueFiles.train,
      validation: [`dev_${part}.tsv`, hubFile(`validation_${part}`)],
    },
    columns: { id: 'index', text: 'sentence1', pair: 'sentence2', label: 'gold_label', labels },
    otherForms: [hans, hubForm({ text: 'premise', pair: 'hypothesis', labels })],
    metrics: ['accuracy'],
    licence: 'OANC, CC BY-SA 3.0 and others, by the genre of the row',
  });

/** Multi-genre natural language inference, measured on the genres that it trains on. */
export const mnli = multiNli('mnli', 'matched', ['mnli_matched', 'mnli-matched']);

/** Multi-genre natural language inference, measured on other genres than it trains on. */
export const mnliMismatched = multiNli('mnli-mismatched', 'mismatched', ['mnli_mismatched']);

/** Question NLI, from SQuAD: does the sentence hold the answer to the question? */
export const qnli = glueTask({
  id: 'qnli',
  folder: 'QNLI',
  files: glueFiles,
  columns: { id: 'index', text: 'question', pair: 'sentence', label: 'label', labels: binary },
  otherForms: [hubForm({ text: 'question', pair: 'sentence', labels: binary })],
  metrics: ['accuracy'],
  licence: 'CC BY-SA 4.0',
});

/** Winograd NLI: does the sentence follow when its pronoun is put in words? */
export const wnli = glueTask({
  id: 'wnli',
  folder: 'WNLI',
  files: glueFiles,
  columns: { id: 'index', text: 'sentence1', pair: 'sentence2', label: 'label', ...follows },
  otherForms: [hubForm({ text: 'sentence1', pair: 'sentence2', labels: follows.labels })],
  metrics: ['accuracy'],
});

import { glueTask } from './task.js';

const files = { train: ['train.tsv'], validation: ['dev.tsv', 'validation.tsv'] };

/** Recognising textual entailment: does the first sentence entail the second? */
export const rte = glueTask('rte', {
  folder: 'RTE',
  files,
  columns: {
    id: 'index',
    text: 'sentence1',
    pair: 'sentence2',
    label: 'label',
    labels: ['entailment', 'not_entailment'],
  },
  metrics: ['accuracy'],
});

/** Microsoft Research paraphrase corpus: do two sentences say the same? Its test file carries labels. */
export const mrpc = glueTask('mrpc', {
  folder: 'MRPC',
  files: { ...files, test: ['msr_paraphrase_test.txt'] },
  columns: {
    text: '#1 String',
    pair: '#2 String',
    label: 'Quality',
    labels: ['not_equivalent', 'equivalent'],
    labelMap: { '0': 'not_equivalent', '1': 'equivalent' },
  },
  metrics: ['accuracy', 'f1'],
  licence: 'GLUE copy; licence terms of the Microsoft Research Paraphrase Corpus',
});

/** Corpus of linguistic acceptability: is the sentence good English? Its files name no columns. */
export const cola = glueTask('cola', {
  folder: 'CoLA',
  files,
  read: { format: 'tsv', header: ['source', 'label', 'mark', 'sentence'] },
  columns: {
    text: 'sentence',
    label: 'label',
    labels: ['unacceptable', 'acceptable'],
    labelMap: { '0': 'unacceptable', '1': 'acceptable' },
  },
  metrics: ['matthews', 'accuracy'],
});

/** Stanford sentiment treebank, two classes: is the review kind? */
export const sst2 = glueTask(
  'sst2',
  {
    folder: 'SST-2',
    files,
    columns: {
      text: 'sentence',
      label: 'label',
      labels: ['negative', 'positive'],
      labelMap: { '0': 'negative', '1': 'positive' },
    },
    metrics: ['accuracy'],
  },
  ['sst-2', 'sst_2'],
);

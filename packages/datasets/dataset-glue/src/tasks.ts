import { hubFile, hubForm, type ExampleColumns } from '@adapterfusion/data';
import { glueFiles, glueTask } from './task.js';

const entailment = ['entailment', 'not_entailment'];
const acceptable = { labels: ['unacceptable', 'acceptable'], labelMap: { '0': 'unacceptable', '1': 'acceptable' } };
const kind = { labels: ['negative', 'positive'], labelMap: { '0': 'negative', '1': 'positive' } };
const equivalent = {
  labels: ['not_equivalent', 'equivalent'],
  labelMap: { '0': 'not_equivalent', '1': 'equivalent' },
};

/** Recognising textual entailment: does the first sentence entail the second? */
export const rte = glueTask({
  id: 'rte',
  folder: 'RTE',
  files: glueFiles,
  columns: { id: 'index', text: 'sentence1', pair: 'sentence2', label: 'label', labels: entailment },
  otherForms: [hubForm({ text: 'sentence1', pair: 'sentence2', labels: entailment })],
  metrics: ['accuracy'],
});

/** Microsoft Research paraphrase corpus: do two sentences say the same? Its test file carries labels. */
export const mrpc = glueTask({
  id: 'mrpc',
  folder: 'MRPC',
  files: { ...glueFiles, test: ['msr_paraphrase_test.txt', hubFile('test')] },
  columns: { text: '#1 String', pair: '#2 String', label: 'Quality', ...equivalent },
  otherForms: [hubForm({ text: 'sentence1', pair: 'sentence2', labels: equivalent.labels })],
  metrics: ['accuracy', 'f1'],
  licence: 'GLUE copy; licence terms of the Microsoft Research Paraphrase Corpus',
});

/** Corpus of linguistic acceptability: is the sentence good English? Its files name no columns. */
export const cola = glueTask({
  id: 'cola',
  folder: 'CoLA',
  files: glueFiles,
  read: { format: 'tsv', header: ['source', 'label', 'mark', 'sentence'] },
  columns: { text: 'sentence', label: 'label', ...acceptable },
  otherForms: [hubForm({ text: 'sentence', labels: acceptable.labels })],
  metrics: ['matthews', 'accuracy'],
});

/** Stanford sentiment treebank, two classes: is the review kind? */
export const sst2 = glueTask({
  id: 'sst2',
  aliases: ['sst-2', 'sst_2'],
  folder: ['SST-2', 'sst2'],
  files: glueFiles,
  columns: { text: 'sentence', label: 'label', ...kind },
  otherForms: [hubForm({ text: 'sentence', labels: kind.labels })],
  metrics: ['accuracy'],
});

/** Semantic textual similarity: how much do two sentences say the same, from 0 to 5? */
export const stsb = glueTask({
  id: 'stsb',
  aliases: ['sts-b', 'sts_b'],
  folder: 'STS-B',
  files: glueFiles,
  columns: similarity('index', 'score'),
  otherForms: [{ read: { format: 'parquet' }, columns: similarity('idx', 'label') }],
  metrics: ['pearson', 'spearman'],
});

function similarity(id: string, label: string): ExampleColumns {
  return { id, text: 'sentence1', pair: 'sentence2', label, labels: [], range: { min: 0, max: 5 } };
}

import { hubFile, hubForm, type ExampleColumns } from '@adapterfusion/data';
import { nliTask } from './task.js';

const labels = ['entailment', 'neutral', 'contradiction'];

/** The columns of the release and of GLUE's copy. `-` is written where those who labelled the row did not agree. */
const released: ExampleColumns = {
  text: 'sentence1',
  pair: 'sentence2',
  label: 'gold_label',
  labels,
  leaveOut: ['-'],
};
const filesOf = (split: string, ...others: readonly string[]) => [
  `snli_1.0_${split}.jsonl`,
  `snli_1.0_${split}.txt`,
  ...[split, ...others].flatMap((name) => [`${name}.tsv`, `${name}.txt`]),
  hubFile(others[0] ?? split),
];

/**
 * Stanford natural language inference: captions of pictures and what follows of them. Rows without a gold label are left
 * out, as everywhere. Read as released (JSON lines or the table), in GLUE's copy, as three bare columns with labels by
 * number, and in the hub's Parquet.
 */
export const snli = nliTask({
  id: 'snli',
  folder: ['SNLI', 'snli_1.0', 'plain_text'],
  files: { train: filesOf('train'), validation: filesOf('dev', 'validation'), test: filesOf('test') },
  read: { format: 'tsv' },
  columns: released,
  otherForms: [
    {
      read: { format: 'tsv', header: ['premise', 'hypothesis', 'label'] },
      columns: { ...hubForm({ text: 'premise', pair: 'hypothesis', labels }).columns },
    },
    { read: { format: 'jsonl' }, columns: released },
    hubForm({ text: 'premise', pair: 'hypothesis', labels, leaveOut: ['-1'] }),
  ],
  metrics: ['accuracy'],
  licence: 'CC BY-SA 4.0',
});

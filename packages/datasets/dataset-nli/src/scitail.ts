import { hubFile } from '@adapterfusion/data';
import { nliTask } from './task.js';

const columns = {
  text: 'premise',
  pair: 'hypothesis',
  label: 'label',
  labels: ['neutral', 'entails'],
  labelMap: { '0': 'neutral', '1': 'entails' },
};
const filesOf = (split: string, ...others: readonly string[]) => [
  `scitail_1.0_${split}.tsv`,
  ...[split, ...others].flatMap((name) => [`${name}.tsv`, `${name}.txt`]),
  hubFile(others[0] ?? split),
];

/**
 * SciTail: does a sentence from the web entail the answer to a question of a science exam? Read as released
 * (`tsv_format`), as a copy with labels by number, and in the hub's Parquet.
 */
export const scitail = nliTask({
  id: 'scitail',
  folder: ['SciTail', 'tsv_format'],
  files: { train: filesOf('train'), validation: filesOf('dev', 'validation'), test: filesOf('test') },
  read: { format: 'tsv', header: ['premise', 'hypothesis', 'label'] },
  columns,
  otherForms: [{ read: { format: 'parquet' }, columns }],
  metrics: ['accuracy'],
  licence: 'its source states none',
});

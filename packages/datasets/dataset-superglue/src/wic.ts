import { hubForm, type ExampleColumns } from '@adapterfusion/data';
import { superglueTask } from './task.js';

const texts = { text: ['word', 'sentence1'], pair: ['word', 'sentence2'] } satisfies Partial<ExampleColumns>;
const meanings = { labels: ['different', 'same'], labelMap: { false: 'different', true: 'same' } };

/**
 * Word in context: does the word mean the same in both sentences? Both texts begin with the word: `place: A place to sit.`
 */
export const wic = superglueTask({
  id: 'wic',
  folder: 'WiC',
  columns: { ...texts, label: 'label', ...meanings },
  otherForms: [hubForm({ ...texts, labels: meanings.labels })],
  metrics: ['accuracy'],
  licence: 'CC BY-NC 4.0',
});

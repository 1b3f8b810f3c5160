import { collect, memorySource } from '@adapterfusion/data';
import { expect, it } from 'vitest';
import { mr, subj, trec } from './index.js';

const source = (name: string, row: object) =>
  memorySource(new Map([[name, new TextEncoder().encode(JSON.stringify(row))]]), 'x');

it.each([
  [mr, 'MR', '0', ['negative', 'positive']],
  [subj, 'SUBJ', '1', ['subjective', 'objective']],
  [trec, 'TREC', '5', ['DESC', 'ENTY', 'ABBR', 'HUM', 'LOC', 'NUM']],
] as const)('%# reads sentences with labels by number', async (task, folder, label, labels) => {
  const dataset = task().create({});
  expect(dataset).toMatchObject({ task: { type: 'text-classification', labels }, metrics: ['accuracy'] });
  const from = source(`${folder}/test.jsonl`, { sentence: 'How far ?', label });
  expect(await dataset.splits(from)).toEqual(['test']);
  expect(await collect(dataset, 'test', from)).toEqual([
    { text: 'How far ?', label: Number(label), at: `x/${folder}/test.jsonl:1` },
  ]);
  const strange = source('train.jsonl', { sentence: 'How far ?', label: '6' });
  await expect(collect(dataset, 'train', strange)).rejects.toMatchObject({ code: 'LABEL_UNKNOWN' });
});

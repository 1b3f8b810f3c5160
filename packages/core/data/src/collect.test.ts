import type { Dataset, TextExample } from '@adapterfusion/contracts';
import { expect, it } from 'vitest';
import { collect, splitSizes } from './collect.js';
import { formatOf } from './format.js';
import { memorySource } from './memory-source.js';

const files = new Map([['a.txt', new TextEncoder().encode('x\ny\nz')]]);
const dataset: Dataset = {
  task: { type: 'text-classification', labels: ['no', 'yes'] },
  metrics: ['accuracy'],
  licence: 'own',
  splits: () => Promise.resolve(['train', 'test'] as const),
  async *examples(split, source): AsyncIterable<TextExample> {
    const text = new TextDecoder().decode(await source.read('a.txt'));
    if (split === 'train') for (const line of text.split('\n')) yield { text: line, label: line === 'x' ? 0 : 1 };
  },
};

it('collects a split and refuses an empty one', async () => {
  const source = memorySource(files, 'mine');
  expect((await collect(dataset, 'train', source)).map(({ text }) => text)).toEqual(['x', 'y', 'z']);
  await expect(collect(dataset, 'test', source)).rejects.toThrow('mine: expected rows in the split "test"; got none');
});

it('counts rows and labels', async () => {
  expect(await splitSizes(dataset, memorySource(files))).toEqual([
    { split: 'train', rows: 3, labels: [1, 2] },
    { split: 'test', rows: 0, labels: [0, 0] },
  ]);
});

it('a memory source lists, describes and refuses', async () => {
  const source = memorySource(files, 'mine');
  expect(await source.list()).toEqual(['a.txt']);
  expect([source.describe('a.txt'), source.describe('')]).toEqual(['mine/a.txt', 'mine']);
  await expect(source.read('b.txt')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', at: 'mine/b.txt' });
});

it('knows formats by the ending', () => {
  expect(
    ['a.tsv', 'b.TXT', 'c.d.csv', 'x/y.jsonl', 'z.ndjson', 'p.parquet', 'q.JSON.gz', 'none', 'x.constructor'].map(
      formatOf,
    ),
  ).toEqual(['tsv', 'tsv', 'csv', 'jsonl', 'jsonl', 'parquet', 'json', undefined, undefined]);
});

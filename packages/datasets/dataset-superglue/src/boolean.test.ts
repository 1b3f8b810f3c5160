import type { Dataset, Split } from '@adapterfusion/contracts';
import { collect, memorySource } from '@adapterfusion/data';
import { describe, expect, it } from 'vitest';
import { boolq, wic } from './index.js';

const rowsOf = (dataset: Dataset, name: string, content: unknown, split: Split = 'train') =>
  collect(dataset, split, memorySource(new Map([[name, new TextEncoder().encode(JSON.stringify(content))]]), 'x'));

describe('BoolQ', () => {
  const row = { question: 'is it wet', passage: 'Water is wet.' };
  const example = { text: 'is it wet', pair: 'Water is wet.' };

  it.each([
    ['as SuperGLUE has it', 'BoolQ/train.jsonl', { ...row, idx: 0, label: true }, 1, 'x/BoolQ/train.jsonl:1'],
    ['as its authors have it', 'train.jsonl', { title: 'Water', ...row, answer: false }, 0, 'x/train.jsonl:1'],
  ])('%s', async (_, name, content, label, at) => {
    expect(await rowsOf(boolq().create({}), name, content)).toEqual([{ ...example, label, at }]);
  });

  it('as one list, named by the option files', async () => {
    const chosen = boolq({ files: { train: 'train_subset.json[1:]' } }).create({});
    const list = [
      { ...row, answer: false },
      { ...row, answer: true },
    ];
    expect(await rowsOf(chosen, 'train_subset.json', list)).toEqual([
      { ...example, label: 1, at: 'x/train_subset.json:1' },
    ]);
  });

  it('refuses an answer that is neither', async () => {
    await expect(rowsOf(boolq().create({}), 'train.jsonl', { ...row, label: 'maybe' })).rejects.toMatchObject({
      code: 'LABEL_UNKNOWN',
      at: 'x/train.jsonl:1',
    });
  });
});

it('WiC: both texts begin with the word', async () => {
  const row = { word: 'place', sentence1: 'Come to my place.', sentence2: 'A place to sit.', idx: 0, label: false };
  expect(await rowsOf(wic().create({}), 'WiC/val.jsonl', row, 'validation')).toEqual([
    { text: 'place: Come to my place.', pair: 'place: A place to sit.', label: 0, at: 'x/WiC/val.jsonl:1' },
  ]);
  expect(wic().create({})).toMatchObject({ task: { labels: ['different', 'same'] }, metrics: ['accuracy'] });
});

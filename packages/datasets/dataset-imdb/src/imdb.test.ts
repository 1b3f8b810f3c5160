import { collect, memorySource } from '@adapterfusion/data';
import { expect, it } from 'vitest';
import { imdb } from './index.js';

const source = (files: Record<string, string>) =>
  memorySource(new Map(Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)])), 'x');
const dataset = imdb().create({});

it('reads JSON lines', async () => {
  const from = source({ 'IMDB/test.jsonl': '{"id": "0_2", "text": "Fine.", "label": 1}\n' });
  expect(await dataset.splits(from)).toEqual(['test']);
  expect(await collect(dataset, 'test', from)).toEqual([{ text: 'Fine.', label: 1, at: 'x/IMDB/test.jsonl:1' }]);
});

it('reads the release: every review a file, those without a label left alone', async () => {
  const reviews = { 'train/pos/0_9.txt': 'Good.', 'train/neg/0_3.txt': 'Bad.', 'train/unsup/0_0.txt': 'Who knows.' };
  const moved = Object.fromEntries(Object.entries(reviews).map(([name, text]) => [`aclImdb/${name}`, text]));
  for (const [files, at] of [
    [reviews, 'x'],
    [moved, 'x/aclImdb'],
  ] as const) {
    const from = source({ ...files, [`${at.slice(2)}/train/urls_neg.txt`]: 'http' });
    expect(await dataset.splits(from)).toEqual(['train']);
    expect(await collect(dataset, 'train', from)).toEqual([
      { text: 'Bad.', label: 0, at: `${at}/train/neg/0_3.txt` },
      { text: 'Good.', label: 1, at: `${at}/train/pos/0_9.txt` },
    ]);
  }
});

it('refuses an empty review', async () => {
  const from = source({ 'train/pos/0_9.txt': ' ', 'train/neg/0_3.txt': 'Bad.' });
  await expect(collect(dataset, 'train', from)).rejects.toThrow(
    'x/train/pos/0_9.txt: expected rows; got an empty file',
  );
});

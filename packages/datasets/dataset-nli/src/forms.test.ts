import type { Dataset, Split } from '@adapterfusion/contracts';
import { collect, memorySource } from '@adapterfusion/data';
import { describe, expect, it } from 'vitest';
import { anliR1, anliR3, scitail, snli } from './index.js';

const rowsOf = async (dataset: Dataset, name: string, text: string, split: Split = 'train') => {
  const source = memorySource(new Map([[name, new TextEncoder().encode(text)]]), 'x');
  expect(await dataset.splits(source)).toEqual([split]);
  return collect(dataset, split, source);
};
const pair = { text: 'A man sleeps.', pair: 'A man is awake.' };

describe('SNLI', () => {
  const names = ['gold_label', 'sentence1_parse', 'sentence2_parse', 'sentence1', 'sentence2', 'pairID'];
  const row = (label: string) => [label, '(A)', '(B)', pair.text, pair.pair, '7'].join('\t');
  const object = (gold_label: string) =>
    JSON.stringify({ annotator_labels: [gold_label], gold_label, sentence1: pair.text, sentence2: pair.pair });

  it.each<[string, string, string, number]>([
    ['the table', 'snli_1.0_train.txt', [names.join('\t'), row('contradiction'), row('-')].join('\n'), 2],
    ['JSON lines', 'snli_1.0/snli_1.0_train.jsonl', [object('-'), object('neutral')].join('\n'), 1],
    ['three bare columns', 'SNLI/train.txt', `${pair.text}\t${pair.pair}\t0\n`, 0],
    ['two equal cells in the first row', 'train.txt', `a\ta\t0\n${pair.text}\t${pair.pair}\t0\n`, 0],
  ])('%s, without the rows that have no gold label', async (_, name, text, label) => {
    const rows = await rowsOf(snli().create({}), name, text);
    expect(rows.at(-1)).toMatchObject({ ...pair, label });
    expect(rows).toHaveLength(name === 'train.txt' ? 2 : 1);
  });

  it('refuses a label that is none of them', async () => {
    const text = [names.join('\t'), row('--')].join('\n');
    await expect(rowsOf(snli().create({}), 'snli_1.0_dev.txt', text, 'validation')).rejects.toMatchObject({
      code: 'LABEL_UNKNOWN',
      at: 'x/snli_1.0_dev.txt:2',
    });
  });
});

it.each([
  ['as released', 'tsv_format/scitail_1.0_dev.tsv', 'entails'],
  ['with labels by number', 'SciTail/dev.txt', '1'],
])('SciTail %s', async (_, name, label) => {
  const text = `${pair.text}\t${pair.pair}\t${label}\n`;
  expect(await rowsOf(scitail().create({}), name, text, 'validation')).toEqual([
    { ...pair, label: 1, at: `x/${name}:1` },
  ]);
  expect(scitail().create({})).toMatchObject({ task: { labels: ['neutral', 'entails'] } });
});

it('ANLI: each round has its folder', async () => {
  const text = JSON.stringify({ uid: 'u', context: pair.text, hypothesis: pair.pair, label: 'c', reason: 'r' });
  expect(await rowsOf(anliR1().create({}), 'R1/test.jsonl', text, 'test')).toMatchObject([{ ...pair, label: 2 }]);
  const both = memorySource(new Map(['R1', 'R3'].map((name) => [`${name}/dev.jsonl`, new TextEncoder().encode(text)])));
  expect(await collect(anliR3().create({}), 'validation', both)).toMatchObject([{ at: 'memory/R3/dev.jsonl:1' }]);
});

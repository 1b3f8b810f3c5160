import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Split } from '@adapterfusion/contracts';
import { collect, memorySource } from '@adapterfusion/data';
import { expect, it } from 'vitest';
import { stsb } from './index.js';

const data = new URL('../../../../../shared/data/STS-B/', import.meta.url);
const absent = existsSync(data) ? '' : ' (skipped: ../shared is absent)';
const dataset = stsb().create({});
const made = (score: string) => {
  const text = `index\tsentence1\tsentence2\tscore\n0\tIt rains.\tIt is wet.\t${score}\n`;
  return memorySource(new Map([['STS-B/dev.tsv', new TextEncoder().encode(text)]]), 'x');
};

it('is a regression from 0 to 5', async () => {
  expect(dataset).toMatchObject({ task: { type: 'regression', min: 0, max: 5 }, metrics: ['pearson', 'spearman'] });
  expect(await collect(dataset, 'validation', made('3.600'))).toEqual([
    { text: 'It rains.', pair: 'It is wet.', label: 3.6, at: 'x/STS-B/dev.tsv:2' },
  ]);
});

it.each(['5.2', '-1', 'high', 'NaN', 'Infinity', ''])('refuses the score %j', async (score) => {
  await expect(collect(dataset, 'validation', made(score))).rejects.toMatchObject({
    code: 'DATA_INVALID',
    at: 'x/STS-B/dev.tsv:2',
  });
});

it.skipIf(absent).each([
  ['train', 'train.tsv', 5749, 'ada82ee6645ff6c9'],
  ['validation', 'dev.tsv', 1500, 'daaee5ae0102148a'],
] as const)(
  `%s in ../shared/data, as an independent reader has it${absent}`,
  async (split: Split, name, count, hash) => {
    const source = memorySource(new Map([[name, readFileSync(new URL(name, data))]]), 'STS-B');
    const examples = await collect(dataset, split, source);
    expect(examples.length).toBe(count);
    const lines = examples.map(({ text, pair, label }) => JSON.stringify([text, pair, label]));
    expect(createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)).toBe(hash);
  },
);

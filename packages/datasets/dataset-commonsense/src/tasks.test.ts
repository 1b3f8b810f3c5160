import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Dataset, TextExample, Split } from '@adapterfusion/contracts';
import { collect, memorySource } from '@adapterfusion/data';
import { describe, expect, it } from 'vitest';
import { cosmosqa, csqa, hellaswag, siqa, winogrande } from './index.js';

const data = new URL('../../../../../shared/data/', import.meta.url);
const absent = existsSync(data) ? '' : ' (skipped: ../shared is absent)';

const stored = (folder: string) => {
  const names = readdirSync(new URL(`${folder}/`, data));
  return memorySource(new Map(names.map((name) => [name, readFileSync(new URL(`${folder}/${name}`, data))])), folder);
};
const made = (files: Record<string, string>) =>
  memorySource(new Map(Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)])), 'x');
const first = async (dataset: Dataset, files: Record<string, string>, split: Split = 'train') =>
  (await collect(dataset, split, made(files)))[0];
const digest = (examples: readonly TextExample[]) =>
  createHash('sha256')
    .update(examples.map(({ text, choices, label }) => JSON.stringify([text, choices, label])).join('\n'))
    .digest('hex')
    .slice(0, 16);

describe.skipIf(absent)(`rows in ../shared/data, as an independent reader has them${absent}`, () => {
  it.each([
    ['Winogrande', winogrande, 'train', [5117, 5117], '1238d261c3c11b6f'],
    ['Winogrande', winogrande, 'validation', [628, 639], '483ba6514a8d2d09'],
    ['HellaSwag', hellaswag, 'validation', [2515, 2485, 2584, 2458], '9a2131b8a9852c50'],
    ['SocialIQA', siqa, 'train', [11274, 11176, 10960], '0119a5a2de2b81eb'],
    ['SocialIQA', siqa, 'validation', [643, 654, 657], '41c8b706c749eeaf'],
    ['CosmosQA', cosmosqa, 'validation', [744, 729, 761, 751], '55dec81793301521'],
    ['CSQA', csqa, 'train', [1909, 1973, 1946, 1985, 1928], 'a6fcea48b1f43f37'],
    ['CSQA', csqa, 'validation', [239, 255, 241, 251, 235], '1f39a199940e1c0c'],
  ] as const)('%s', async (folder, task, split, counts, hash) => {
    const examples = await collect(task().create({}), split, stored(folder));
    expect(counts.map((_, choice) => examples.filter(({ label }) => label === choice).length)).toEqual(counts);
    expect(examples.length).toBe(counts.reduce((a, b) => a + b, 0));
    expect(digest(examples)).toBe(hash);
  });

  it('Winogrande, a smaller training file', async () => {
    const small = winogrande({ files: { train: 'train_xs.jsonl', validation: 'dev.jsonl' } }).create({});
    expect(digest(await collect(small, 'train', stored('Winogrande')))).toBe('c46389cffe04148b');
  });
});

describe('forms', () => {
  const choices = ['one', 'two'];
  const row = { qID: '1', sentence: 'Ann met Bea, and _ ate it.', option1: 'Ann', option2: 'Bea', answer: '2' };

  it('Winogrande: what follows the gap belongs to the choices; a sentence may begin with it', async () => {
    const dataset = winogrande().create({});
    expect(dataset).toMatchObject({ task: { type: 'multiple-choice' }, metrics: ['accuracy'] });
    const at = 'x/Winogrande/train_m.jsonl:1';
    const files = { 'Winogrande/train_s.jsonl': '{}', 'Winogrande/train_m.jsonl': JSON.stringify(row) };
    const wanted = { text: 'Ann met Bea, and', choices: ['Ann ate it.', 'Bea ate it.'], label: 1, at };
    expect(await first(dataset, files)).toEqual(wanted);
    const begun = JSON.stringify({ ...row, sentence: '_ ate a_b.' });
    expect(await first(dataset, { 'train_xs.jsonl': begun })).toMatchObject({
      text: '_',
      choices: ['Ann ate a_b.', 'Bea ate a_b.'],
    });
  });

  it('HellaSwag: JSON lines as the files of six lines', async () => {
    const endings = [...choices, 'three', 'four'];
    const item = { ind: 4, activity_label: 'Sailing', ctx: 'A man sets sail. he', endings, label: 3 };
    const wanted = { text: 'Sailing: A man sets sail. he', choices: endings, label: 3 };
    const dataset = hellaswag().create({});
    expect(await first(dataset, { 'hellaswag_train.jsonl': JSON.stringify(item) })).toMatchObject(wanted);
    const lines = [wanted.text, '3', ...endings, ''].join('\r\n');
    expect(await first(dataset, { 'hellaswag_train_full.txt': lines + lines })).toEqual({
      ...wanted,
      at: 'x/hellaswag_train_full.txt:1',
    });
    await expect(first(dataset, { 'hellaswag_train_full.txt': `${lines}Sailing: on\r\n1\r\n` })).rejects.toThrow(
      'x/hellaswag_train_full.txt:7: expected 6 lines a row',
    );
  });

  it('SocialIQA: labels of another file, as many as rows', async () => {
    const question = { context: 'It rained.', question: 'Why?', answerA: 'a', answerB: 'b', answerC: 'c' };
    const dataset = siqa().create({});
    const files = (labels: string) => ({
      'train.jsonl': `${JSON.stringify(question)}\n`.repeat(2),
      'train-labels.lst': labels,
    });
    expect((await collect(dataset, 'train', made(files('3\n1\n')))).map(({ label }) => label)).toEqual([2, 0]);
    expect(await first(dataset, files('3\n1\n'))).toMatchObject({ text: 'It rained. Why?', choices: ['a', 'b', 'c'] });
    for (const [labels, at] of [
      ['3\n', 'x/train-labels.lst'],
      ['3\n1\n2\n', 'x/train-labels.lst:3'],
    ])
      await expect(first(dataset, files(labels!))).rejects.toMatchObject({ code: 'DATA_INVALID', at });
    await expect(first(dataset, files('3\n4\n'))).rejects.toMatchObject({ code: 'LABEL_UNKNOWN' });
    await expect(first(dataset, { 'train.jsonl': '{}' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('CommonsenseQA: a choice that is missing is named', async () => {
    const nested = { stem: 'Where?', choices: choices.map((text) => ({ text })) };
    const line = JSON.stringify({ id: 'a', answerKey: 'A', question: nested });
    await expect(first(csqa().create({}), { 'train_rand_split.jsonl': line })).rejects.toThrow(
      'x/train_rand_split.jsonl:1: expected a column "question.choices.2.text"',
    );
  });
});

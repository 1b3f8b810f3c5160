import { collect, memorySource } from '@adapterfusion/data';
import { describe, expect, it } from 'vitest';
import { files, inferFiles } from './files.js';
import type { FilesOptions } from './options.js';

const source = (text: string, name = 'rows.tsv') => memorySource(new Map([['', new TextEncoder().encode(text)]]), name);
const open = async (from: ReturnType<typeof source>, options: Partial<FilesOptions> = {}) =>
  files(await inferFiles(from, options)).create({});
const numbers = (...labels: readonly (number | string)[]) =>
  source(`text\tlabel\n${labels.map((label, row) => `row ${row}\t${label}\n`).join('')}`);

describe('numbers', () => {
  it('some of which are not whole are a regression, with the range of the training rows', async () => {
    const from = numbers(1, 2.5, -3, '1e1', ' 4 ', 5, 6, 7, 8, 9);
    const dataset = await open(from, { validation: 0.2 });
    expect(dataset).toMatchObject({
      task: { type: 'regression', min: -3, max: 10 },
      metrics: ['pearson', 'spearman'],
    });
    const [train, held] = [await collect(dataset, 'train', from), await collect(dataset, 'validation', from)];
    expect([train.length, held.length]).toEqual([8, 2]);
    const all = [...train, ...held].map(({ label }) => label).sort((a, b) => a! - b!);
    expect(all).toEqual([-3, 1, 2.5, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('all whole are classes, unless told otherwise', async () => {
    expect((await open(numbers(1, 2, 1, 2))).task).toEqual({ type: 'text-classification', labels: ['1', '2'] });
    expect((await open(numbers(1, 2, 1, 2), { task: 'regression' })).task).toEqual({
      type: 'regression',
      min: 1,
      max: 2,
    });
    expect((await open(numbers(1, 2.5, 1), { task: 'text-classification' })).task.type).toBe('text-classification');
    expect((await open(numbers('1.5', 'two', '1.5'))).task).toEqual({
      type: 'text-classification',
      labels: ['1.5', 'two'],
    });
  });

  it.each(['high', 'NaN', ''])('refuse %j where a number has to be', async (label) => {
    const run = open(numbers(1, 2.5, label), { task: 'regression' });
    await expect(run).rejects.toMatchObject({ code: 'DATA_INVALID', at: 'rows.tsv:4' });
  });

  it('of other files may lie outside the range of the training rows', async () => {
    const options = await inferFiles(numbers(1, 2.5));
    const from = numbers(99.5);
    expect((await collect(files({ ...options, validation: 0 }).create({}), 'train', from))[0]!.label).toBe(99.5);
  });
});

describe('choices', () => {
  const row = (label: number | string) => ({ question: 'Q?', choices: ['one', 'two', 'three'], label });
  const lines = (...labels: readonly (number | string)[]) =>
    source(labels.map((label) => `${JSON.stringify(row(label))}\n`).join(''), 'rows.jsonl');
  const choices = ['choices.0', 'choices.1', 'choices.2'];

  it('are columns; labels are counted as the file counts them', async () => {
    const from = lines(1, 3, 2, 1);
    const dataset = await open(from, { choices, validation: 0 });
    expect(dataset).toMatchObject({ task: { type: 'multiple-choice' }, metrics: ['accuracy'] });
    const examples = await collect(dataset, 'train', from);
    expect(examples.map(({ label }) => label)).toEqual([0, 2, 1, 0]);
    expect(examples[0]).toMatchObject({ text: 'Q?', choices: ['one', 'two', 'three'] });
    expect(examples[0]).not.toHaveProperty('pair');
  });

  it('refuses labels that leave a choice without a name, and a column that is not there', async () => {
    await expect(open(lines(1, 3, 1), { choices })).rejects.toThrow('files.labels: expected what the file calls each');
    const named = await open(lines(1, 3, 1), { choices, labels: ['1', '2', '3'], validation: 0 });
    expect((await collect(named, 'train', lines(1, 3, 1))).map(({ label }) => label)).toEqual([0, 2, 0]);
    const other = await open(lines(0, 1, 2), { choices: ['choices.0', 'choices.1', 'choices.7'], validation: 0 });
    await expect(collect(other, 'train', lines(0, 1, 2))).rejects.toThrow('a column "choices.7"');
  });
});

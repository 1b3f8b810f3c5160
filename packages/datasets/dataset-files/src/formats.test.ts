import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { collect, memorySource, splitSizes } from '@adapterfusion/data';
import { describe, expect, it } from 'vitest';
import { files, inferFiles } from './files.js';
import type { FilesOptions } from './options.js';

const source = (contents: Record<string, string>) =>
  memorySource(new Map(Object.entries(contents).map(([file, text]) => [file, new TextEncoder().encode(text)])), 'x');
const open = async (from: ReturnType<typeof source>, options: Partial<FilesOptions> = {}) =>
  files(await inferFiles(from, options)).create({});

describe('formats', () => {
  const table = `text\tlabel\n${Array.from({ length: 30 }, (_, row) => `row ${row}\t${row % 3 ? 'good' : 'bad'}\n`).join('')}`;
  const objects = table
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => ({ text: line.split('\t')[0], label: line.split('\t')[1] }));
  const packed = (text: string): Uint8Array => new Uint8Array(gzipSync(text));

  it.each([
    ['train.json', new TextEncoder().encode(JSON.stringify(objects))],
    ['train.json.gz', packed(JSON.stringify(objects))],
    ['train.jsonl.gz', packed(objects.map((row) => JSON.stringify(row)).join('\n'))],
    ['train.tsv.gz', packed(table)],
  ])('%s holds the same rows as train.tsv', async (name, bytes) => {
    const from = memorySource(new Map([[name, bytes]]), 'x');
    const dataset = await open(from);
    const plain = source({ 'train.tsv': table });
    const same = await open(plain);
    for (const split of ['train', 'validation'] as const) {
      const texts = async (data: typeof dataset, place: typeof from): Promise<unknown[]> =>
        (await collect(data, split, place)).map(({ text, label }) => [text, label]);
      expect(await texts(dataset, from)).toEqual(await texts(same, plain));
    }
  });

  it('Parquet, also as the hub names it', async () => {
    const bytes = readFileSync(new URL('../../../core/data/fixtures/plain.parquet', import.meta.url));
    const from = memorySource(new Map([['train-00000-of-00001.parquet', bytes]]), 'x');
    const dataset = await open(from, { validation: 0 });
    await expect(collect(dataset, 'train', from)).rejects.toThrow(
      'x/train-00000-of-00001.parquet, row group 1, row 3: expected text in the column "text"; got null',
    );
    const named = await open(from, { validation: 0, text: 'fine', label: 'text', labels: ['a', 'b'] });
    await expect(collect(named, 'train', from)).rejects.toThrow('row 1: expected one of the labels "a", "b"');
  });

  it('texts in a folder for each label', async () => {
    const texts = (split: string, rows: number): Record<string, string> =>
      Object.fromEntries(
        Array.from({ length: rows }, (_, row) => [`${split}${row % 2 ? 'good' : 'bad'}/${row}.txt`, `row ${row}`]),
      );
    const one = source(texts('', 20));
    const options = await inferFiles(one, { validation: 0.2 });
    expect(options).toMatchObject({ text: 'text', label: 'label', labels: ['bad', 'good'] });
    expect((await splitSizes(files(options).create({}), one)).map(({ rows }) => rows)).toEqual([16, 4]);
    const both = source({ ...texts('train/', 6), ...texts('dev/', 4), 'train/notes.md': 'x' });
    const dataset = await open(both);
    expect(await splitSizes(dataset, both)).toMatchObject([
      { split: 'train', rows: 6, labels: [3, 3] },
      { split: 'validation', rows: 4 },
    ]);
    expect((await collect(dataset, 'train', both))[0]).toEqual({ text: 'row 0', label: 0, at: 'x/train/bad/0.txt' });
    const empty = source({ ...texts('', 4), 'bad/8.txt': ' ' });
    await expect(inferFiles(empty)).rejects.toThrow('x/bad/8.txt: expected rows; got an empty file');
    const single = source({ 'only/1.txt': 'a', 'only/2.txt': 'b' });
    await expect(inferFiles(single)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

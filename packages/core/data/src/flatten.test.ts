import { readFileSync } from 'node:fs';
import { collect, memorySource, readRows, fileBytes, toExamples } from './index.js';
import { describe, expect, it } from 'vitest';
import { flatten } from './flatten.js';
import { folderDataset, type FolderLayout } from './folder-dataset.js';

it('names values in lists and objects by where they are', () => {
  const given = { a: 'x', b: [1, { c: null }], d: { e: { f: true } }, g: [], h: 12n, i: undefined, j: () => 0 };
  expect(flatten(given)).toEqual({ a: 'x', 'b.0': 1, 'b.1.c': null, 'd.e.f': true, h: 12, i: null });
});

it('Parquet: values in lists, and the row that lacks one', async () => {
  const file = fileBytes(readFileSync(new URL('../fixtures/rows.parquet', import.meta.url)));
  const rows = readRows(file, { format: 'parquet', at: 'f', columns: ['text', 'tags.0', 'tags.1'] });
  expect((await rows.next()).value).toEqual({
    at: 'f, row group 1, row 1',
    values: { text: 'Good food.', 'tags.0': 'a', 'tags.1': 'b' },
  });
  await expect(rows.next()).rejects.toThrow('f, row group 1, row 2: expected a column "tags.0"');
  const whole = readRows(file, { format: 'parquet', at: 'f', columns: ['tags'] });
  await expect(whole.next()).rejects.toThrow('Name a value in it, as "tags.0"');
});

describe('examples', () => {
  const all = async (values: object, columns: object) => {
    const rows = [{ at: 'f:1', values: values as Record<string, string> }];
    for await (const each of toExamples(rows, { text: 't', label: 'y', labels: [], ...columns })) return each;
    return undefined;
  };

  it('have choices, none of them blank', async () => {
    const columns = { choices: ['a', 'b'], labels: ['1', '2'] };
    const row = { t: 'Q', a: 'one', b: 'two', y: 2 };
    expect(await all(row, columns)).toEqual({ text: 'Q', choices: ['one', 'two'], label: 1, at: 'f:1' });
    await expect(all({ ...row, b: ' ' }, columns)).rejects.toThrow('f:1: expected text in the column "b"');
  });

  it('have numbers within the range', async () => {
    const columns = { range: { min: -1, max: 1 } };
    expect(await all({ t: 'Q', y: ' -0.5 ' }, columns)).toMatchObject({ label: -0.5 });
    for (const y of ['1.01', 'much', NaN, ''])
      await expect(all({ t: 'Q', y }, columns)).rejects.toMatchObject({ code: 'DATA_INVALID', at: 'f:1' });
  });
});

it('labels of another file belong to the rows before a part of them is taken', async () => {
  const layout: FolderLayout = {
    ...({ folder: 'toy', files: {}, metrics: [], licence: '', read: { format: 'tsv' } } as const),
    ...{ columns: { text: 't', label: 'y', labels: ['a', 'b'] }, labelFile: (name: string) => `${name}.labels` },
    chosen: { train: 'rows.tsv[1:]' },
  };
  const files = { 'rows.tsv': 't\none\ntwo\n', 'rows.tsv.labels': 'a\nb\n' };
  const bytes = Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)] as const);
  const rows = await collect(folderDataset(layout), 'train', memorySource(new Map(bytes), 'x'));
  expect(rows).toEqual([{ text: 'two', label: 1, at: 'x/rows.tsv:3' }]);
});

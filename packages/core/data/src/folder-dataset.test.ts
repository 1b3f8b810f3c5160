import { describe, expect, it } from 'vitest';
import { collect } from './collect.js';
import { folderDataset } from './folder-dataset.js';
import { memorySource } from './memory-source.js';

const dataset = folderDataset({
  folder: 'RTE',
  files: { train: ['train.tsv'], validation: ['dev.tsv', 'val.tsv'] },
  read: { format: 'tsv' },
  columns: { text: 's', label: 'y', labels: ['0', '1'] },
  metrics: ['accuracy'],
  licence: 'own',
});
const rows = new TextEncoder().encode('s\ty\na\t0\nb\t1\n');

describe('folderDataset', () => {
  it.each([
    ['its folder', ['train.tsv', 'val.tsv'], 'x/train.tsv:2'],
    ['the parent', ['CB/train.tsv', 'RTE/train.tsv', 'RTE/val.tsv'], 'x/RTE/train.tsv:2'],
    ['a parent that writes it small', ['rte/train.tsv', 'rte/val.tsv'], 'x/rte/train.tsv:2'],
  ])('reads from %s', async (_, names, at) => {
    const source = memorySource(new Map(names.map((name) => [name, rows])), 'x');
    expect(await dataset.splits(source)).toEqual(['train', 'validation']);
    expect(await collect(dataset, 'train', source)).toMatchObject([
      { text: 'a', label: 0, at },
      { text: 'b', label: 1 },
    ]);
  });

  it('reads from a parent that lists folders by name', async () => {
    const files = memorySource(new Map([['RTE/train.tsv', rows]]), 'x');
    const source = { ...files, list: () => Promise.resolve(['CB', 'RTE']) };
    expect(await collect(dataset, 'train', source)).toHaveLength(2);
  });

  it('says which file it misses, and which split it does not have', async () => {
    const source = memorySource(
      new Map([
        ['dev.tsv', rows],
        ['notes.txt', rows],
      ]),
      'x',
    );
    expect(await dataset.splits(source)).toEqual(['validation']);
    await expect(collect(dataset, 'train', source)).rejects.toThrow(
      'x: expected train.tsv, here or in RTE/; got dev.tsv, notes.txt. Give the folder RTE',
    );
    await expect(collect(dataset, 'test', source)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

describe('files that the user named', () => {
  const layout = {
    folder: 'RTE',
    files: { train: ['train.tsv'], validation: ['dev.tsv'] },
    read: { format: 'tsv' },
    columns: { text: 's', label: 'y', labels: ['0', '1'] },
    metrics: ['accuracy'],
    licence: 'own',
  } as const;
  const five = new TextEncoder().encode('s\ty\na\t0\nb\t1\n\nc\t0\nd\t1\ne\t0\n');
  const source = memorySource(new Map([['RTE/dev.tsv', five]]), 'x');
  const texts = async (split: 'train' | 'validation', choice: string): Promise<string> => {
    const chosen = folderDataset({ ...layout, chosen: { [split]: choice } });
    return (await collect(chosen, split, source)).map(({ text }) => text).join('');
  };

  it.each([
    ['dev.tsv', 'abcde'],
    ['dev.tsv[:]', 'abcde'],
    ['dev.tsv[:-2]', 'abc'],
    ['dev.tsv[-2:]', 'de'],
    ['dev.tsv[1:3]', 'bc'],
    ['dev.tsv[:99]', 'abcde'],
  ])('%s has the rows %s', async (choice, wanted) => {
    expect(await texts('train', choice)).toBe(wanted);
  });

  it('keep the lines of their file in messages', async () => {
    const chosen = folderDataset({ ...layout, chosen: { train: 'dev.tsv[2:3]' } });
    expect(await collect(chosen, 'train', source)).toEqual([{ text: 'c', label: 0, at: 'x/RTE/dev.tsv:5' }]);
  });

  it('are the splits there are, also where the file is missing', async () => {
    const chosen = folderDataset({ ...layout, chosen: { train: 'dev.tsv', validation: 'gone.tsv' } });
    expect(await chosen.splits(source)).toEqual(['train', 'validation']);
    await expect(collect(chosen, 'validation', source)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('expected gone.tsv, here or in RTE/; got RTE/dev.tsv'),
    });
    await expect(collect(chosen, 'test', source)).rejects.toThrow('expected a split that "RTE" has; got "test"');
  });

  it('of no rows are refused', async () => {
    await expect(texts('train', 'dev.tsv[9:]')).rejects.toThrow('expected rows in the split "train"; got none');
  });
});

describe('forms', () => {
  const labels = ['0', '1'];
  const many = folderDataset({
    folder: ['Many', 'many_1.0'],
    files: { train: ['train.txt', 'train.jsonl'] },
    read: { format: 'tsv' },
    columns: { text: 's', label: 'y', labels },
    otherForms: [
      { read: { format: 'tsv' }, columns: { text: 'p', pair: 'h', label: 'y', labels } },
      { read: { format: 'tsv', header: ['a', 'b'] }, columns: { text: 'a', label: 'b', labels } },
      { read: { format: 'jsonl' }, columns: { text: 't', label: 'y', labels } },
    ],
    metrics: ['accuracy'],
    licence: 'own',
  });
  const read = (name: string, text: string) =>
    collect(many, 'train', memorySource(new Map([[name, new TextEncoder().encode(text)]]), 'x'));

  it.each([
    ['by its columns', 'Many/train.txt', 's\ty\nA\t1\n', { text: 'A', label: 1 }],
    ['by other columns', 'many_1.0/train.txt', 'p\th\ty\nA\tB\t0\n', { text: 'A', pair: 'B', label: 0 }],
    ['by having none', 'train.txt', 'A\t1\n', { text: 'A', label: 1, at: 'x/train.txt:1' }],
    ['by two equal cells where names would be', 'train.txt', '1\t1\n', { text: '1', label: 1 }],
    ['by its ending', 'train.jsonl', '{"t": "A", "y": 1}\n', { text: 'A', label: 1 }],
  ])('a file tells its form %s', async (_, name, text, example) => {
    expect(await read(name, text)).toMatchObject([example]);
  });
});

describe('rows of all splits in the same files', () => {
  const pooled = folderDataset({
    folder: 'all',
    files: {},
    pooled: { files: ['a.tsv', 'b.tsv'], column: 'set', values: { train: 'tr', validation: 'va', test: 'te' } },
    read: { format: 'tsv' },
    columns: { text: 's', label: 'y', labels: ['0', '1'] },
    metrics: ['accuracy'],
    licence: 'own',
  });
  const file = (...lines: string[]) => new TextEncoder().encode(['s\ty\tset', ...lines].join('\n'));

  it('are told apart by a column; files that are missing are passed over', async () => {
    const both = new Map([
      ['all/b.tsv', file('B\t1\ttr', 'C\t0\tte')],
      ['all/a.tsv', file('A\t0\ttr')],
    ]);
    const texts = async (files: typeof both): Promise<string> =>
      (await collect(pooled, 'train', memorySource(files, 'x'))).map(({ text }) => text).join('');
    expect(await texts(both)).toBe('AB');
    expect(await pooled.splits(memorySource(both))).toEqual(['train', 'validation', 'test']);
    both.delete('all/a.tsv');
    expect(await texts(both)).toBe('B');
    expect(await pooled.splits(memorySource(new Map()))).toEqual([]);
  });
});

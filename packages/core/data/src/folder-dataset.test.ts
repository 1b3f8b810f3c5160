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

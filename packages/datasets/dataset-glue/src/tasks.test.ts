import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { Dataset, Example, Split } from '@adapterfusion/contracts';
import { collect, memorySource, splitSizes } from '@adapterfusion/data';
import { describe, expect, it } from 'vitest';
import { cola, mrpc, rte, sst2 } from './index.js';

const data = new URL('../../../../../shared/data/', import.meta.url);
const absent = existsSync(data) ? '' : ' (skipped: ../shared is absent)';

const sourceOf = (folder: string) => {
  const names = readdirSync(new URL(`${folder}/`, data));
  return memorySource(new Map(names.map((name) => [name, readFileSync(new URL(`${folder}/${name}`, data))])), folder);
};
const digest = (examples: readonly Example[]) =>
  createHash('sha256')
    .update(examples.map(({ text, pair, label }) => JSON.stringify([text, pair ?? null, label])).join('\n'))
    .digest('hex')
    .slice(0, 16);
const damaged = (dataset: Dataset, files: Record<string, string>, split: Split = 'train') =>
  collect(
    dataset,
    split,
    memorySource(new Map(Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)])), 'x'),
  );

it('the plugins are those of package.json', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    name: string;
    version: string;
    adapterfusion: unknown;
  };
  const plugins = ['rte', 'mrpc', 'cola', 'sst2'];
  expect(manifest.adapterfusion).toEqual({
    spec: 1,
    plugins: plugins.map((id) => ({ kind: 'dataset', id, export: id })),
  });
  for (const { plugin } of [cola, mrpc, rte, sst2])
    expect(plugin).toMatchObject({ packageName: manifest.name, packageVersion: manifest.version });
});

it('takes no options', () => {
  expect(() => cola({ size: 1 } as never)).toThrow('cola: expected a known option; got "size"');
});

describe.skipIf(absent)(`the files in ../shared/data${absent}`, () => {
  /** Rows, labels, and a digest of every text, pair and label, as the reference reads them (adapters_quality.py). */
  it.each([
    {
      task: rte,
      folder: 'RTE',
      train: [1249, 1241],
      validation: [146, 131],
      digests: ['48e1f57aa5d77d07', 'f64a9c01f890f20e'],
    },
    {
      task: mrpc,
      folder: 'MRPC',
      train: [1194, 2474],
      validation: [129, 279],
      digests: ['21dbf968e8f5424a', 'a8b727c14ff0e305'],
    },
    {
      task: cola,
      folder: 'CoLA',
      train: [2528, 6023],
      validation: [322, 721],
      digests: ['2857a31432b81865', 'd1c8b894a69b15cc'],
    },
    {
      task: sst2,
      folder: 'SST-2',
      train: [29780, 37569],
      validation: [428, 444],
      digests: ['277b228e203ad6dc', '1da41c8c91b27739'],
    },
  ])('$folder', async ({ task, folder, train, validation, digests }) => {
    const dataset = task().create({});
    const source = sourceOf(folder);
    const sizes = await splitSizes(dataset, source);
    expect(sizes.slice(0, 2).map(({ split, labels }) => ({ split, labels }))).toEqual([
      { split: 'train', labels: train },
      { split: 'validation', labels: validation },
    ]);
    expect(digest(await collect(dataset, 'train', source))).toBe(digests[0]);
    expect(digest(await collect(dataset, 'validation', source))).toBe(digests[1]);
  });

  it('MRPC has a test split with labels', async () => {
    const test = (await splitSizes(mrpc().create({}), sourceOf('MRPC'))).find(({ split }) => split === 'test');
    expect(test).toEqual({ split: 'test', rows: 1725, labels: [578, 1147] });
  });
});

describe('layouts', () => {
  it('RTE', async () => {
    const rows = 'index\tsentence1\tsentence2\tlabel\n0\tA "b.\tC.\tnot_entailment\r\n';
    expect(await damaged(rte().create({}), { 'RTE/train.tsv': rows })).toEqual([
      { text: 'A "b.', pair: 'C.', label: 1, at: 'x/RTE/train.tsv:2' },
    ]);
    expect(rte().create({})).toMatchObject({
      task: { labels: ['entailment', 'not_entailment'] },
      metrics: ['accuracy'],
    });
  });

  it('MRPC, with a byte-order mark', async () => {
    const rows = '\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t7\t8\tA.\tB.\n';
    expect(await damaged(mrpc().create({}), { 'msr_paraphrase_test.txt': rows }, 'test')).toMatchObject([
      { text: 'A.', pair: 'B.', label: 1 },
    ]);
    expect(mrpc().create({})).toMatchObject({
      task: { labels: ['not_equivalent', 'equivalent'] },
      metrics: ['accuracy', 'f1'],
    });
  });

  it('CoLA, without a header', async () => {
    expect(await damaged(cola().create({}), { 'train.tsv': 'gj04\t1\t\tA.\ngj04\t0\t*\tB.\n' })).toMatchObject([
      { text: 'A.', label: 1, at: 'x/train.tsv:1' },
      { text: 'B.', label: 0, at: 'x/train.tsv:2' },
    ]);
    expect(cola().create({})).toMatchObject({
      task: { labels: ['unacceptable', 'acceptable'] },
      metrics: ['matthews', 'accuracy'],
    });
  });

  it('SST-2', async () => {
    expect(await damaged(sst2().create({}), { 'train.tsv': 'sentence\tlabel\nfine \t1\n' })).toMatchObject([
      { text: 'fine ', label: 1 },
    ]);
    expect(sst2().create({})).toMatchObject({ task: { labels: ['negative', 'positive'] }, metrics: ['accuracy'] });
  });
});

describe('damage', () => {
  const header = 'index\tsentence1\tsentence2\tlabel\n';
  it.each([
    [
      'a label that is not known',
      `${header}0\tA\tB\tentailed\n`,
      'x/train.tsv:2: expected one of the labels "entailment", "not_entailment"',
    ],
    ['a row cut short', `${header}0\tA\tB\tentailment\n1\tA\n`, 'x/train.tsv:3: expected 4 cells'],
    ['an id twice', `${header}0\tA\tB\tentailment\n0\tC\tD\tentailment\n`, 'x/train.tsv:3: expected every id once'],
    ['no second sentence', `${header}0\tA\t\tentailment\n`, 'x/train.tsv:2: expected text in the column "sentence2"'],
    ['a column missing', 'index\tsentence1\tlabel\n0\tA\tentailment\n', 'x/train.tsv:1: expected a column "sentence2"'],
    ['a header and nothing else', header, 'x: expected rows in the split "train"; got none'],
    ['an empty file', '', 'x/train.tsv: expected rows; got an empty file'],
  ])('%s', async (_, text, message) => {
    await expect(damaged(rte().create({}), { 'train.tsv': text })).rejects.toThrow(message);
  });

  it('a file in place of the folder', async () => {
    await expect(damaged(rte().create({}), { '': header })).rejects.toThrow('got a single file. Give the folder RTE');
  });
});

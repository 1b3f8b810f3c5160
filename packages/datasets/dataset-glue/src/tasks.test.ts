import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { Dataset, TextExample, Split } from '@adapterfusion/contracts';
import { collect, memorySource, splitSizes } from '@adapterfusion/data';
import { describe, expect, it } from 'vitest';
import { cola, mnli, mnliMismatched, mrpc, qnli, qqp, rte, sst2, wnli, stsb } from './index.js';

const data = new URL('../../../../../shared/data/', import.meta.url);
const absent = existsSync(data) ? '' : ' (skipped: ../shared is absent)';

const sourceOf = (folder: string) => {
  const names = readdirSync(new URL(`${folder}/`, data));
  return memorySource(new Map(names.map((name) => [name, readFileSync(new URL(`${folder}/${name}`, data))])), folder);
};
const digest = (examples: readonly TextExample[]) =>
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
  const plugins = { rte, mrpc, cola, sst2, qqp, mnli, mnliMismatched, qnli, wnli, stsb };
  expect(manifest.adapterfusion).toEqual({
    spec: 1,
    plugins: Object.entries(plugins).map(([name, { plugin }]) => ({ kind: 'dataset', id: plugin.id, export: name })),
  });
  for (const { plugin } of Object.values(plugins))
    expect(plugin).toMatchObject({ packageName: manifest.name, packageVersion: manifest.version });
});

it.each<[object, string]>([
  [{ size: 1 }, 'cola: expected a known option; got "size"'],
  [{ files: 'dev.tsv' }, 'cola.files: expected an object from train, validation, test'],
  [{ files: {} }, 'cola.files: expected an object'],
  [{ files: { dev: 'dev.tsv' } }, 'cola.files: expected an object'],
  [{ files: { train: 'dev.tsv[1]' } }, 'cola.files: expected an object'],
  [{ files: { train: 'dev.tsv[a:b]' } }, 'cola.files: expected an object'],
  [{ encoding: 'latin9' }, 'cola.encoding: expected one of "utf-8", "utf-8-lossy"'],
])('refuses the options %j', (options, message) => {
  expect(() => cola(options)).toThrow(message);
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

  const lossy = { encoding: 'utf-8-lossy' } as const;
  it.each([
    {
      task: qqp({ files: { train: 'dev.tsv', validation: 'test.tsv[:2000]' }, ...lossy }),
      folder: 'QQP',
      train: [5000, 5000],
      validation: [1000, 1000],
      digests: ['ba71afd5652d360e', '0d1e3ed79397cb3e'],
    },
    {
      task: qnli({ files: { train: 'dev.tsv[:-1000]', validation: 'dev.tsv[-1000:]' } }),
      folder: 'QNLI',
      train: [2223, 2240],
      validation: [479, 521],
      digests: ['f3cabe98cfb032a9', '855ae4c01be2bd4a'],
    },
    {
      task: mnli({
        files: { train: 'dev_matched_hans.tsv[:-1500]', validation: 'dev_matched_hans.tsv[-1500:]' },
      }),
      folder: 'MNLI',
      train: [2982, 2594, 2739],
      validation: [497, 529, 474],
      digests: ['7f0041b3040900cc', 'd7e6c750d918fe9d'],
    },
    {
      task: wnli(),
      folder: 'WNLI',
      train: [323, 312],
      validation: [40, 31],
      digests: ['f5e2f2a28df9552a', 'bb48dc5887f91aa4'],
    },
  ])('$folder, its files named where the training file is not there', async (expected) => {
    const { task, folder, train, validation, digests } = expected;
    const dataset = task.create({});
    const source = sourceOf(folder);
    const sizes = await splitSizes(dataset, source);
    expect(sizes.map(({ split, labels }) => ({ split, labels }))).toEqual([
      { split: 'train', labels: train },
      { split: 'validation', labels: validation },
    ]);
    expect(digest(await collect(dataset, 'train', source))).toBe(digests[0]);
    expect(digest(await collect(dataset, 'validation', source))).toBe(digests[1]);
  });

  it('QQP holds bytes that are not UTF-8, which are refused unless told otherwise', async () => {
    const rows = collect(qqp().create({}), 'validation', sourceOf('QQP'));
    await expect(rows).rejects.toMatchObject({ code: 'DATA_INVALID', at: 'QQP/dev.tsv:3' });
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

describe('two layouts', () => {
  const official = 'id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n7\t1\t2\tWhy "is it?\tHow?\t1\n';
  const example = { text: 'Why "is it?', pair: 'How?', label: 1 };

  it('QQP: the benchmark’s, and one without a row of names', async () => {
    expect(await damaged(qqp().create({}), { 'QQP/train.tsv': official })).toEqual([
      { ...example, at: 'x/QQP/train.tsv:2' },
    ]);
    expect(await damaged(qqp().create({}), { 'QQP/train.tsv': '1\tWhy "is it?\tHow?\t7\r\n' })).toEqual([
      { ...example, at: 'x/QQP/train.tsv:1' },
    ]);
    expect(qqp().create({})).toMatchObject({
      task: { labels: ['not_duplicate', 'duplicate'] },
      metrics: ['accuracy', 'f1'],
    });
  });

  const parses = ['binary1', 'binary2', 'parse1', 'parse2'];
  const header = ['index', 'promptID', 'pairID', 'genre', ...parses, 'sentence1', 'sentence2', 'label1', 'gold_label'];
  const row = ['0', '1', '1n', 'fiction', ...parses, 'A.', 'B.', 'neutral', 'contradiction'];
  const rows = `${header.join('\t')}\n${row.join('\t')}\n`;

  it('MNLI: the benchmark’s, and one with other columns', async () => {
    const wanted = [{ text: 'A.', pair: 'B.', label: 2, at: 'x/train.tsv:2' }];
    expect(await damaged(mnli().create({}), { 'train.tsv': rows })).toEqual(wanted);
    const other = 'index\tpremise\thypothesis\tgold_label\n0\tA.\tB.\tcontradiction\n';
    expect(await damaged(mnli().create({}), { 'train.tsv': other })).toEqual(wanted);
  });

  it('MNLI: each of its validation files has a task', async () => {
    const files = { 'dev_matched.tsv': rows, 'dev_mismatched.tsv': rows.replace('A.', 'C.') };
    expect(await damaged(mnli().create({}), files, 'validation')).toMatchObject([{ text: 'A.' }]);
    expect(await damaged(mnliMismatched().create({}), files, 'validation')).toMatchObject([{ text: 'C.' }]);
  });

  it('neither: a column that the benchmark’s has is missed', async () => {
    const text = 'index\tpremise\tlabel\n0\tA.\tneutral\n';
    await expect(damaged(mnli().create({}), { 'train.tsv': text })).rejects.toThrow(
      'x/train.tsv:1: expected a column "sentence1"',
    );
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
    await expect(damaged(rte().create({}), { '': header })).rejects.toThrow(
      'got a single file. Give the folder RTE as its source publishes it, or name the file of each split',
    );
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { collect, memorySource, splitSizes } from '@adapterfusion/data';
import { describe, expect, it } from 'vitest';
import { files, inferFiles } from './files.js';
import type { FilesOptions } from './options.js';

const source = (contents: Record<string, string>, name = 'x') =>
  memorySource(new Map(Object.entries(contents).map(([file, text]) => [file, new TextEncoder().encode(text)])), name);
const open = async (from: ReturnType<typeof source>, options: Partial<FilesOptions> = {}) =>
  files(await inferFiles(from, options)).create({});
const reviews = (rows: number) =>
  `text\tlabel\n${Array.from({ length: rows }, (_, row) => `row ${row}\t${row % 3 === 0 ? 'bad' : 'good'}\n`).join('')}`;

describe('one file', () => {
  const one = source({ '': reviews(90) }, 'reviews.tsv');

  it('is split with the seed, and every class keeps its share', async () => {
    const dataset = await open(one, { validation: 0.2, test: 0.1 });
    expect(dataset).toMatchObject({
      task: { type: 'text-classification', labels: ['bad', 'good'] },
      metrics: ['accuracy', 'macro-f1'],
    });
    expect(await splitSizes(dataset, one)).toEqual([
      { split: 'train', rows: 63, labels: [21, 42] },
      { split: 'validation', rows: 18, labels: [6, 12] },
      { split: 'test', rows: 9, labels: [3, 6] },
    ]);
    const rows = (
      await Promise.all((['train', 'validation', 'test'] as const).map((split) => collect(dataset, split, one)))
    ).flat();
    expect(new Set(rows.map(({ at }) => at)).size).toBe(90);
    const other = await open(one, { validation: 0.2, test: 0.1, seed: 7 });
    expect(await collect(other, 'validation', one)).not.toEqual(await collect(dataset, 'validation', one));
  });

  it('gives a tenth to validation where nobody said how much, of a large one no more than 5,000 rows', async () => {
    const sizes = async (rows: number) => {
      const from = source({ '': reviews(rows) }, 'reviews.tsv');
      return (await splitSizes(await open(from), from)).map((each) => each.rows);
    };
    expect(await sizes(90)).toEqual([81, 9]);
    expect(await sizes(60_000)).toEqual([55_000, 5000]);
  });

  it('is for training alone when no share is wanted', async () => {
    const dataset = await open(one, { validation: 0 });
    expect(await splitSizes(dataset, one)).toEqual([{ split: 'train', rows: 90, labels: [30, 60] }]);
    await expect(collect(dataset, 'validation', one)).rejects.toMatchObject({ code: 'DATA_INVALID' });
  });
});

describe('a folder', () => {
  const rows = 'sentence1,sentence2,class\n"a, b",c,1\nd,e,0\n';
  const folder = source({
    'train.csv': rows,
    'dev.jsonl': '{"sentence1":"f","sentence2":"g","class":1}\n',
    'notes.md': 'x',
  });

  it('gives every split its file, in different formats too', async () => {
    const dataset = await open(folder);
    expect(await dataset.splits(folder)).toEqual(['train', 'validation']);
    expect(await collect(dataset, 'train', folder)).toEqual([
      { text: 'a, b', pair: 'c', label: 1, at: 'x/train.csv:2' },
      { text: 'd', pair: 'e', label: 0, at: 'x/train.csv:3' },
    ]);
    expect(await collect(dataset, 'validation', folder)).toEqual([
      { text: 'f', pair: 'g', label: 1, at: 'x/dev.jsonl:1' },
    ]);
  });

  it('keeps all training rows where it has a file for validation', async () => {
    const both = source({ 'train.tsv': reviews(30), 'dev.tsv': reviews(6) });
    const sizes = await splitSizes(await open(both, { validation: 0.5, test: 0.2 }), both);
    expect(sizes.map(({ split, rows: count }) => [split, count])).toEqual([
      ['train', 30],
      ['validation', 6],
    ]);
  });

  it('cuts validation from training rows where it has only a test file', async () => {
    const both = source({ 'train.tsv': reviews(30), 'test.tsv': reviews(6) });
    expect(await splitSizes(await open(both), both)).toEqual([
      { split: 'train', rows: 27, labels: [9, 18] },
      { split: 'validation', rows: 3, labels: [1, 2] },
      { split: 'test', rows: 6, labels: [2, 4] },
    ]);
  });

  it('with two formats is read in the one that is named', async () => {
    const both = source({ 'train.tsv': reviews(30), 'train.csv': 'text,label\na,0\nb,1\n' });
    expect((await inferFiles(both, { format: 'tsv' })).labels).toEqual(['bad', 'good']);
    expect((await inferFiles(both, { format: 'csv' })).labels).toEqual(['0', '1']);
  });

  it('with one file of another name is that file', async () => {
    const single = source({ 'reviews.tsv': reviews(30), 'README.md': 'x' });
    expect(await (await open(single)).splits(single)).toEqual(['train', 'validation']);
  });

  it.each([
    [
      'two files for training',
      { 'train.tsv': 'x', 'train.csv': 'x' },
      'DATA_INVALID',
      'x: expected one file for the split "train"; got train.csv and train.tsv',
    ],
    [
      'no file for training',
      { 'a.tsv': 'x', 'b.tsv': 'x' },
      'FILE_NOT_FOUND',
      'x: expected train.tsv, train.csv, train.jsonl',
    ],
    ['nothing', {}, 'FILE_NOT_FOUND', 'got an empty folder'],
  ])('with %s is refused', async (_, contents: Record<string, string>, code, message) => {
    await expect(inferFiles(source(contents))).rejects.toThrow(message);
    await expect(inferFiles(source(contents))).rejects.toMatchObject({ code });
  });
});

describe('columns and labels', () => {
  it('completes the options so that they no longer depend on the data', async () => {
    const from = source({ '': 'Premise\tHypothesis\tgold_label\na\tb\t10\nc\td\t9\n' }, 'f.tsv');
    const options = await inferFiles(from);
    expect(options).toMatchObject({ text: 'Premise', pair: 'Hypothesis', label: 'gold_label', labels: ['9', '10'] });
    expect(files(JSON.parse(JSON.stringify(options)) as FilesOptions).options).toEqual(options);
  });

  it('reads named columns, a label map and a file without header', async () => {
    const from = source({ '': '1;x\tok\n0;y\tok\n' }, 'f.tsv');
    const options = {
      header: ['body', 'mood'],
      text: 'body',
      label: 'mood',
      labels: ['bad', 'good'],
      labelMap: { ok: 'good' },
      validation: 0,
    };
    const dataset = files(options).create({});
    expect(await collect(dataset, 'train', from)).toMatchObject([
      { text: '1;x', label: 1 },
      { text: '0;y', label: 1 },
    ]);
  });

  it('takes the labels of a map in its order', async () => {
    const from = source({ '': 'text\tlabel\na\tp\nb\tn\n' }, 'f.tsv');
    expect((await inferFiles(from, { labelMap: { p: 'yes', n: 'no' } })).labels).toEqual(['yes', 'no']);
  });

  it('has no second text where it is turned off or only the first is named', async () => {
    const from = source({ '': 'text\tpair\tlabel\na\tb\t0\nc\td\t1\n' }, 'f.tsv');
    expect((await inferFiles(from)).pair).toBe('pair');
    expect((await inferFiles(from, { pair: false })).pair).toBe(false);
    expect((await inferFiles(from, { text: 'text' })).pair).toBe(false);
  });
});

describe('damage', () => {
  it.each<[string, string, Partial<FilesOptions>, string, string]>([
    [
      'a label column that is not there',
      reviews(9),
      { label: 'lable' },
      'DATA_INVALID',
      'f.tsv: expected a column "lable"; got the columns "text", "label". Did you mean "label"?',
    ],
    [
      'no usual column',
      'a\tb\n1\t2\n',
      {},
      'DATA_INVALID',
      'f.tsv: expected a column for the label, such as label, gold_label, class; got the columns "a", "b"',
    ],
    ['one label', 'text\tlabel\na\t1\nb\t1\n', {}, 'DATA_INVALID', 'at least 2 labels'],
    ['a header alone', 'text\tlabel\n', {}, 'DATA_INVALID', 'f.tsv: expected rows below the header'],
    ['a row cut short', 'text\tlabel\na\t1\nb\n', {}, 'DATA_INVALID', 'f.tsv:3: expected 2 cells'],
    ['an empty text', 'text\tlabel\na\t1\n\t0\n', {}, 'DATA_INVALID', 'f.tsv:3: expected text in the column "text"'],
    [
      'an unknown label',
      'text\tlabel\na\tyes\nb\tmaybe\n',
      { labels: ['no', 'yes'] },
      'LABEL_UNKNOWN',
      'f.tsv:3: expected one of the labels "no", "yes"',
    ],
    [
      'an id twice',
      'text\tlabel\tn\na\t1\t5\nb\t0\t5\n',
      { id: 'n' },
      'DATA_INVALID',
      'f.tsv:3: expected every id once; got "5", also at f.tsv:2',
    ],
    ['an empty file', '', {}, 'DATA_INVALID', 'f.tsv: expected rows; got an empty file'],
    [
      'too few rows to split',
      'text\tlabel\na\t1\nb\t0\n',
      {},
      'DATA_INVALID',
      'f.tsv: expected enough rows for a validation split',
    ],
  ])('%s', async (_, text, options, code, message) => {
    const from = source({ '': text }, 'f.tsv');
    const run = async () => collect(await open(from, options), 'train', from);
    await expect(run()).rejects.toThrow(message);
    await expect(run()).rejects.toMatchObject({ code });
  });

  it('bytes that are not UTF-8', async () => {
    const bytes = new Uint8Array([
      ...new TextEncoder().encode('text\tlabel\na\t1\nb'),
      0xff,
      ...new TextEncoder().encode('\t0\n'),
    ]);
    const from = memorySource(new Map([['', bytes]]), 'f.tsv');
    await expect(inferFiles(from)).rejects.toThrow('f.tsv:3: expected text in UTF-8; got the byte 0xff');
    expect((await inferFiles(from, { encoding: 'utf-8-lossy' })).labels).toEqual(['0', '1']);
  });

  it('an ending that tells no format', async () => {
    const from = source({ '': 'x' }, 'f.xml');
    await expect(inferFiles(from)).rejects.toMatchObject({ code: 'OPTIONS_INVALID', at: 'files.format' });
  });
});

describe('options', () => {
  it.each<[unknown, string]>([
    [{ lables: ['a', 'b'] }, 'Did you mean "label"?'],
    [{ labels: ['a'] }, 'files.labels'],
    [{ labels: ['a', 'a'] }, 'files.labels'],
    [{ labelMap: { a: 1 } }, 'files.labelMap'],
    [{ validation: 1 }, 'files.validation'],
    [{ seed: 0.5 }, 'files.seed'],
    [{ text: 3 }, 'files.text'],
    [{ format: 'xml' }, 'files.format'],
  ])('refuses %j', (options, part) => {
    expect(() => files(options as Partial<FilesOptions>)).toThrow(part);
  });

  it.each<[Partial<FilesOptions>, string]>([
    [{}, 'files.labels: expected label names'],
    [{ labels: ['a', 'b'], labelMap: { x: 'c' } }, 'files.labelMap: expected names out of labels: a, b; got "c"'],
    [{ labels: ['a', 'b'], validation: 0.6, test: 0.5 }, 'files.validation'],
  ])('create refuses %j', (options, part) => {
    expect(() => files(options).create({})).toThrow(part);
  });
});

it('the plugin is that of package.json', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >;
  expect(manifest['adapterfusion']).toEqual({ spec: 1, plugins: [{ kind: 'dataset', id: 'files', export: 'files' }] });
  expect(files.plugin).toMatchObject({ packageName: manifest['name'], packageVersion: manifest['version'] });
});

const trec = new URL('../../../../../shared/data/TREC/', import.meta.url);
const absent = existsSync(trec) ? '' : ' (skipped: ../shared is absent)';
it.skipIf(absent)(`TREC in ../shared/data as files of one's own${absent}`, async () => {
  const names = ['train.jsonl', 'test.jsonl'];
  const from = memorySource(new Map(names.map((name) => [name, readFileSync(new URL(name, trec))])), 'TREC');
  const sizes = await splitSizes(await open(from), from);
  expect(sizes.map(({ split, rows }) => [split, rows])).toEqual([
    ['train', 4907],
    ['validation', 545],
    ['test', 500],
  ]);
  expect(sizes.map(({ labels }) => labels.reduce((sum, count) => sum + count))).toEqual(sizes.map(({ rows }) => rows));
});

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { DatasetSource, TextExample, Split } from '@adapterfusion/contracts';
import { collect, memorySource, splitSizes } from '@adapterfusion/data';
import { describe, expect, it } from 'vitest';
import { reviewsFilms, reviewsProducts, reviewsRestaurants } from './index.js';
import { readSentences } from './sentences.js';

const tasks = { 'amazon.json': reviewsProducts, 'imdb.json': reviewsFilms, 'yelp.json': reviewsRestaurants };
const SPLITS: Split[] = ['train', 'validation', 'test'];
const published = (file: string): Uint8Array =>
  readFileSync(createRequire(import.meta.url).resolve(`sentiment/test/fixtures/${file}`));
const holding = (text: string | Uint8Array, name = 'imdb.json'): DatasetSource =>
  memorySource(new Map([[name, typeof text === 'string' ? new TextEncoder().encode(text) : text]]), 'x');
const json = (...rows: unknown[]): string => JSON.stringify(rows);
const digest = (rows: readonly TextExample[]): string =>
  createHash('sha256')
    .update(rows.map(({ text, label }) => JSON.stringify([text, label])).join('\n'))
    .digest('hex')
    .slice(0, 16);

it('the plugins are those of package.json', () => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const manifest = JSON.parse(text) as { name: string; version: string; adapterfusion: unknown };
  const plugins = Object.values(tasks).map(({ plugin }) => plugin);
  const camel = (id: string): string => id.replace(/-./, (match) => match[1]!.toUpperCase());
  expect(manifest.adapterfusion).toEqual({
    spec: 1,
    plugins: plugins.map(({ id }) => ({ kind: 'dataset', id, export: camel(id) })),
  });
  for (const plugin of plugins)
    expect(plugin).toMatchObject({ packageName: manifest.name, packageVersion: manifest.version });
});

it('takes no options', () => {
  expect(() => reviewsFilms({ size: 1 } as never)).toThrow('reviews-films: expected a known option; got "size"');
});

describe('the files of sentiment 5.0.2', () => {
  it.each([
    {
      file: 'amazon.json',
      rows: [1001, 1000, 981],
      train: [292, 289],
      digests: ['dea06c8cf31d9ce4', 'c649d0217c5f4ccb', '72e8f31ac1eff6b2'],
      ends: ['Good case, Excellent value.', 'Item Does Not Match Picture.'],
    },
    {
      file: 'imdb.json',
      rows: [1001, 1000, 996],
      train: [298, 298],
      digests: ['a9f11d1c29fb542a', '411f517f2fdd92e3', 'd9401c059593374f'],
      ends: ['Not sure who was more lost', "All in all its an insult to one's"],
    },
    {
      file: 'yelp.json',
      rows: [1001, 1000, 995],
      train: [296, 299],
      digests: ['a1ebdc2410db3897', '5d8a8ec35a628814', 'be15d2cc9a1f101f'],
      ends: ['Crust is not good.', "Then, as if I hadn't wasted enough"],
    },
  ])('$file', async ({ file, rows, train, digests, ends }) => {
    const bytes = published(file);
    const given = JSON.parse(new TextDecoder().decode(bytes)) as { class: unknown }[];
    const labelled = given.filter((row) => row.class !== null).length;
    expect([given.length, labelled, readSentences(bytes, file).length]).toEqual(rows);
    const [dataset, source] = [tasks[file as keyof typeof tasks]().create({}), holding(bytes, `fixtures/${file}`)];
    expect(await splitSizes(dataset, source)).toEqual([
      { split: 'train', rows: train[0]! + train[1]!, labels: train },
      { split: 'validation', rows: 100, labels: [50, 50] },
      { split: 'test', rows: 300, labels: [150, 150] },
    ]);
    const all = await Promise.all(SPLITS.map((split) => collect(dataset, split, source)));
    expect(all.map(digest)).toEqual(digests);
    expect(all[0]![0]!.text.startsWith(ends[0]!)).toBe(true);
    expect(all[0]!.at(-1)!.text.startsWith(ends[1]!)).toBe(true);
  });

  it('no sentence is in two splits, neither of one task nor of two', async () => {
    const places = new Map<string, { split: Split; file: string }[]>();
    for (const [file, task] of Object.entries(tasks))
      for (const split of SPLITS)
        for (const { text } of await collect(task().create({}), split, holding(published(file), file))) {
          const key = text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
          places.set(key, [...(places.get(key) ?? []), { split, file }]);
        }
    const shared = [...places].filter(([, where]) => where.length > 1);
    expect(places.size).toBe(981 + 996 + 995 - 3);
    const placesOf = shared.map(([key, where]) => [key, ...where.map(({ file, split }) => `${file} ${split}`)]);
    expect(placesOf).toEqual([
      ['youwontregretit', 'amazon.json train', 'imdb.json train'],
      ['verydisappointing', 'amazon.json test', 'imdb.json test', 'yelp.json test'],
    ]);
  });

  it('says what it is', () => {
    expect(reviewsFilms().create({})).toMatchObject({
      task: { type: 'text-classification', labels: ['negative', 'positive'] },
      metrics: ['accuracy'],
      licence: expect.stringContaining('Kotzias'),
      home: { package: 'sentiment', folder: 'test/fixtures' },
    });
  });
});

describe('rows', () => {
  const many = Array.from({ length: 402 }, (_, index) => ({ text: ` Row ${index}! `, class: index % 2 }));

  it('drops rows without a class and what is there already', async () => {
    const bytes = new TextEncoder().encode(
      json({ text: ' Good. ', class: 1 }, { text: 'Bad', class: null }, { text: 'GOOD', class: 1 }),
    );
    expect(readSentences(bytes, 'f')).toEqual([{ text: 'Good.', label: 1, key: 'good', at: 'f[0]' }]);
  });

  it('a split depends on a sentence and not on its place or its punctuation', async () => {
    const dataset = reviewsFilms().create({});
    const moved = [...many]
      .reverse()
      .map(({ text, class: label }) => ({ text: `${text.toUpperCase()}?`, class: label }));
    const keys = async (rows: unknown[]): Promise<string[]> =>
      (await collect(dataset, 'test', holding(json(...rows)))).map(({ text }) => text.replace(/\D/g, '')).sort();
    expect(await keys(moved)).toEqual(await keys(many));
    expect(await dataset.splits(holding(json(...many)))).toEqual(SPLITS);
  });

  it.each([
    ['too few of a class', json(...many.slice(0, 401)), /x\/imdb\.json: expected more than 200 .* class 1; got 200/],
    ['an unknown class', json(...many, { text: 'a', class: 2 }), /x\/imdb\.json\[402\]: expected a text and a class/],
    ['a row that is none', json(null), /\[0\]: expected a text and a class, 0, 1 or null; got null/],
    ['an empty text', json({ text: ' .', class: 1 }), /\[0\]: expected a text with a letter or digit; got " \."/],
    [
      'both classes',
      json({ text: 'A b', class: 1 }, { text: 'a, B!', class: 0 }),
      /\[1\]: expected the class that x\/imdb\.json\[0\] has; got 0/,
    ],
    ['no list', '{}', /expected a list of rows; got object/],
    ['a file cut short', json(...many).slice(0, -9), /expected JSON; got/],
    ['an empty file', '', /got an empty file/],
    ['no UTF-8', new Uint8Array([0x5b, 0xff]), /expected text in UTF-8/],
  ])('refuses %s', async (_, text, message) => {
    const promise = collect(reviewsFilms().create({}), 'train', holding(text));
    await expect(promise).rejects.toMatchObject({ code: 'DATA_INVALID' });
    await expect(promise).rejects.toThrow(message);
  });

  it('names the file it looks for', async () => {
    const promise = reviewsProducts().create({}).splits(holding('[]'));
    await expect(promise).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(promise).rejects.toThrow('x: expected the file amazon.json; got imdb.json');
  });
});

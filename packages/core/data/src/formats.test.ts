import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import type { Row } from './columns.js';
import { fileBytes } from './file-bytes.js';
import { memorySource } from './memory-source.js';
import { findColumns, readRows, type ReadOptions } from './rows.js';
import { readTextFolders } from './text-folders.js';

type Content = string | Uint8Array<ArrayBuffer>;
const bytes = (content: Content) => (typeof content === 'string' ? new TextEncoder().encode(content) : content);
async function read(content: Content, format: ReadOptions['format'], columns: string[] = []): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of readRows(fileBytes(bytes(content)), { format, at: 'f', columns })) rows.push(row);
  return rows;
}
async function message(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (AdapterFusionError.is(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no error';
}

describe('a JSON list', () => {
  it('gives its objects, with the line on which each begins', async () => {
    const text = '\ufeff [\r\n {"a": "x]\\"}", "b": {"c": [1]}},\n\n{"a": "y",\n"n": 2}\n]\n';
    expect(await read(text, 'json')).toMatchObject([
      { at: 'f:2', values: { a: 'x]"}' } },
      { at: 'f:4', values: { a: 'y', n: 2 } },
    ]);
    expect(await read('[]', 'json')).toEqual([]);
  });

  it('may be objects one a line instead, which the first character tells', async () => {
    expect(await read('\n  {"a":1}\n\n{"a":2}\n', 'json')).toEqual([
      { at: 'f:2', values: { a: 1 } },
      { at: 'f:4', values: { a: 2 } },
    ]);
    expect(await message(() => read('{"a":\n1}', 'json'))).toContain('f:1: expected a JSON object');
  });

  it.each([
    ['a list of numbers', '[\n1]', 'f:2: expected { or ]; got "1]"'],
    ['two commas', '[{"a":1},\n,{"a":2}]', 'f:2: expected {; got ",'],
    ['a missing comma', '[{"a":1}\n{"a":2}]', 'f:2: expected , or ]; got "{'],
    ['a comma at the end', '[{"a":1},\n]', 'f:2: expected {; got "]"'],
    ['something after the list', '[]\n[]', 'f:2: expected the end of the file'],
    ['an end inside an object', '[{"a":1},\n{"a":\n2', 'f:3: expected the end of an object; got the end of the file'],
    ['an end inside the list', '[{"a":1}\n', 'f:2: expected , or ]; got the end of the file'],
    ['a broken object', '[{"a":1},\n{"a":}]', 'f:2: expected a JSON object'],
    ['NaN, as Python writes it', '[{"a": NaN}]', 'f:1: expected a JSON object'],
    ['an empty file', ' ', 'f: expected rows; got an empty file'],
    ['a NUL byte', '[{"a":"\0"}]', 'f:1: expected text in UTF-8; got a NUL byte at offset 7'],
  ])('refuses %s', async (_, text, part) => {
    expect(await message(() => read(text, 'json'))).toContain(`DATA_INVALID ${part}`);
  });

  it('refuses a missing column', async () => {
    expect(await message(() => read('[{"a":1},\n{"b":1}]', 'json', ['a']))).toContain('f:2: expected a column "a"');
  });
});

describe('gzip', () => {
  const packed = (text: string) => new Uint8Array(gzipSync(text));
  const long = `text\tlabel\n${'a long row of text\t1\n'.repeat(120_000)}`;

  it.each([
    ['tsv', 'a\tb\n1\t2\n'],
    ['csv', 'a,b\n1,2\n'],
    ['jsonl', '{"a":"1","b":"2"}\n'],
    ['json', '[{"a":"1","b":"2"}]'],
  ] as const)('is unpacked on the way: %s', async (format, text) => {
    expect((await read(packed(text), format)).map(({ values }) => values)).toEqual([{ a: '1', b: '2' }]);
  });

  it.each([
    ['half of it', (all: Uint8Array<ArrayBuffer>) => all.slice(0, all.length >> 1)],
    ['without its last bytes', (all: Uint8Array<ArrayBuffer>) => all.slice(0, -4)],
    ['with a changed sum', (all: Uint8Array<ArrayBuffer>) => all.with(-6, all.at(-6)! ^ 1)],
  ])('%s is refused, with the line that was reached', async (_, change) => {
    const found = await message(() => read(change(packed(long)), 'tsv'));
    expect(found).toMatch(/^DATA_INVALID f:\d+: expected a complete gzip file; got /);
    expect(Number(/f:(\d+)/.exec(found)![1])).toBeGreaterThan(1000);
  });

  it('a bad row in it has its line', async () => {
    expect(await message(() => read(packed('a\tb\n1\t2\n3\n'), 'tsv'))).toContain('f:3: expected 2 cells');
  });
});

describe('files of several parts', () => {
  const rows = 60_000;
  const cell = 'some words, and ümläuts';

  it('are read as in one, to the line', async () => {
    const csv = `a,b\n${Array.from({ length: rows }, (_, row) => `"${cell}\n""${row}""",${row}\n`).join('')}`;
    expect(bytes(csv).length).toBeGreaterThan(2 ** 21);
    const found = await read(csv, 'csv');
    expect(found).toHaveLength(rows);
    expect(found.every(({ at, values }, row) => at === `f:${2 + 2 * row}` && values['b'] === String(row))).toBe(true);
    expect(found.at(-1)!.values['a']).toBe(`${cell}\n"${rows - 1}"`);
    const list = `[${Array.from({ length: rows }, (_, row) => JSON.stringify({ cell, row })).join(',\n')}]`;
    const objects = await read(list, 'json');
    expect(objects.every(({ at, values }, row) => at === `f:${row + 1}` && values['row'] === row)).toBe(true);
    expect(objects).toHaveLength(rows);
  });

  it.each([
    [
      'a byte that is no UTF-8',
      'tsv',
      [0xff],
      `f:${rows + 2}: expected text in UTF-8; got the byte 0xff at offset ${4 + 43 * rows}`,
    ],
    ['a short row', 'tsv', [0x61, 0x0a], `f:${rows + 2}: expected 2 cells`],
    ['an open quote', 'csv', [0x22, 0x61, 0x0a], `f:${rows + 2}: expected every quote to be closed`],
  ] as const)('%s behind the first megabytes has its line', async (_, format, end, part) => {
    const delimiter = format === 'tsv' ? '\t' : ',';
    const text = bytes(`a${delimiter}b\n${`${'long '.repeat(8)}${delimiter}1\n`.repeat(rows)}`);
    const file = new Uint8Array(text.length + end.length);
    file.set(text);
    file.set(end, text.length);
    expect(await message(() => read(file, format))).toContain(part);
  });

  it('a stray quote is refused where it stands', async () => {
    expect(await message(() => read(`a,b\n1,2\nx"y,3\n${'4,5\n'.repeat(9)}`, 'csv'))).toContain(
      'DATA_INVALID f:3: expected quotes around whole cells',
    );
  });
});

describe('Parquet', () => {
  const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));
  const wanted = ['text', 'label'];

  it('gives rows with row group and row', async () => {
    const rows = await read(fixture('rows.parquet'), 'parquet');
    expect(rows.map(({ at }) => at)).toEqual(
      [
        [1, 1],
        [1, 2],
        [2, 1],
        [2, 2],
        [3, 1],
      ].map(([group, row]) => `f, row group ${group}, row ${row}`),
    );
    expect(rows.map(({ values }) => values)).toMatchObject([
      { text: 'Good food.', label: 1, big: String(2n ** 60n), score: 0.5, fine: true },
      { text: 'Kalte Suppe, ümläut.', label: 0, big: 1, score: NaN, fine: false },
      { text: null, label: 1, big: 2, score: 1.5, fine: true },
      { text: '日本語', label: 0, big: 3, score: -2, fine: false },
      { text: '', label: 1, big: 4, score: 0, fine: true },
    ]);
    const options = { format: 'parquet', at: 'f' } as const;
    const names = ['text', 'label', 'big', 'score', 'fine', 'tags'];
    expect(await findColumns(fileBytes(fixture('rows.parquet')), options)).toEqual(names);
  });

  it('reads no columns but those that are wanted, packed or not', async () => {
    for (const name of ['rows.parquet', 'plain.parquet'])
      expect((await read(fixture(name), 'parquet', wanted))[1]!.values).toEqual({
        text: 'Kalte Suppe, ümläut.',
        label: 0,
      });
  });

  it.each<[string, Content, string[], string]>([
    ['a missing column', fixture('rows.parquet'), ['txt'], 'f: expected a column "txt"; got the columns "text"'],
    [
      'a list where text is wanted',
      fixture('rows.parquet'),
      ['tags'],
      'f, row group 1, row 1: expected text, a number',
    ],
    ['another packing', fixture('zstd.parquet'), wanted, 'f, row group 1: expected a Parquet file; got'],
    ['a file cut short', fixture('rows.parquet').slice(0, -100), wanted, 'f: expected a Parquet file; got'],
    ['a file cut in the front', fixture('plain.parquet').slice(200), wanted, 'expected a Parquet file; got'],
    ['text', 'a,b\n1,2\n', wanted, 'f: expected a Parquet file; got'],
    ['an empty file', '', wanted, 'f: expected a Parquet file; got'],
  ])('refuses %s', async (_, content, columns, part) => {
    expect(await message(() => read(content, 'parquet', columns))).toMatch(/^DATA_INVALID /);
    expect(await message(() => read(content, 'parquet', columns))).toContain(part);
  });
});

it('texts in folders are rows, by label and name; other files are passed over', async () => {
  const source = memorySource(
    new Map(
      Object.entries({
        'x/pos/b.txt': 'B',
        'x/pos/a.txt': 'A\n',
        'x/neg/c.txt': 'C',
        'x/neg/d.md': '',
        'x/e.txt': '',
      }).map(([name, text]) => [name, bytes(text)]),
    ),
  );
  const rows: Row[] = [];
  for await (const row of readTextFolders(source, 'x', ['neg', 'pos'])) rows.push(row);
  expect(rows).toEqual([
    { at: 'memory/x/neg/c.txt', values: { text: 'C', label: 'neg' } },
    { at: 'memory/x/pos/a.txt', values: { text: 'A\n', label: 'pos' } },
    { at: 'memory/x/pos/b.txt', values: { text: 'B', label: 'pos' } },
  ]);
});

import { AdapterFusionError } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import type { Row } from './columns.js';
import { fileBytes } from './file-bytes.js';
import { readRows, type ReadOptions } from './rows.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const read = async (content: string | Uint8Array, options: Omit<ReadOptions, 'at'>): Promise<Row[]> => {
  const rows: Row[] = [];
  const file = fileBytes(typeof content === 'string' ? bytes(content) : content);
  for await (const row of readRows(file, { at: 'f', ...options })) rows.push(row);
  return rows;
};
const tsv = { format: 'tsv' } as const;
const csv = { format: 'csv' } as const;
const jsonl = { format: 'jsonl' } as const;

async function message(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (AdapterFusionError.is(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no error';
}

describe('TSV', () => {
  it('takes quotes as characters and cells as they stand', async () => {
    const rows = await read('a\tb\n"x\t y" \n', tsv);
    expect(rows).toEqual([{ at: 'f:2', values: { a: '"x', b: ' y" ' } }]);
  });

  it.each([
    ['LF', 'a\tb\n1\t2\n3\t4\n'],
    ['CRLF', 'a\tb\r\n1\t2\r\n3\t4\r\n'],
    ['mixed line ends', 'a\tb\r\n1\t2\n3\t4'],
    ['a byte-order mark', '\ufeffa\tb\n1\t2\n3\t4\n'],
  ])('reads %s', async (_, text) => {
    expect(await read(text, tsv)).toEqual([
      { at: 'f:2', values: { a: '1', b: '2' } },
      { at: 'f:3', values: { a: '3', b: '4' } },
    ]);
  });

  it('takes column names where no row has them, and leaves empty lines out', async () => {
    expect(await read('1\t2\n\n3\t4\n', { ...tsv, header: ['x', 'y'] })).toEqual([
      { at: 'f:1', values: { x: '1', y: '2' } },
      { at: 'f:3', values: { x: '3', y: '4' } },
    ]);
  });

  it('reads quoted cells when told to', async () => {
    expect(await read('a\tb\n"x\ty"\t2\n', { ...tsv, quote: true })).toEqual([
      { at: 'f:2', values: { a: 'x\ty', b: '2' } },
    ]);
  });
});

describe('CSV', () => {
  it('reads quoted commas, quotes and line ends, and counts lines', async () => {
    const rows = await read('a,b\r\n"x, ""y""\r\nz",1\r\n\r\n2,"3"\r\n', csv);
    expect(rows).toEqual([
      { at: 'f:2', values: { a: 'x, "y"\nz', b: '1' } },
      { at: 'f:5', values: { a: '2', b: '3' } },
    ]);
  });

  it.each([
    ['a quote left open', 'a,b\n1,2\n3,"4\n5,6\n', 'DATA_INVALID f:3: expected every quote to be closed'],
    ['text after a quote', 'a,b\n1,2\n"3"x,4\n', 'DATA_INVALID f:3: expected quotes around whole cells'],
    ['a quote inside a cell', 'a,b\n1,2"\n', 'DATA_INVALID f:2: expected quotes around whole cells'],
  ])('refuses %s', async (_, text, start) => {
    expect(await message(() => read(text, csv))).toContain(start);
  });

  it('reads the same with quoting off', async () => {
    expect((await read('a,b\n1,2"\n', { ...csv, quote: false }))[0]!.values).toEqual({ a: '1', b: '2"' });
  });
});

describe('JSONL', () => {
  it('keeps scalars, those in lists and objects by dotted names, counts lines', async () => {
    const rows = await read(
      '{"a": "x", "n": 1.5, "t": true, "z": null, "l": [1, {"x": [true]}]}\r\n\n{"a": "y"}',
      jsonl,
    );
    expect(rows).toEqual([
      { at: 'f:1', values: { a: 'x', n: 1.5, t: true, z: null, 'l.0': 1, 'l.1.x.0': true } },
      { at: 'f:3', values: { a: 'y' } },
    ]);
  });

  it.each([
    ['half a line', '{"a": 1}\n{"a": ', 'DATA_INVALID f:2: expected a JSON object'],
    ['a list', '[1]', 'DATA_INVALID f:1: expected a JSON object; got [1]'],
    ['a number', '{"a": 1}\n7', 'DATA_INVALID f:2: expected a JSON object; got 7'],
  ])('refuses %s', async (_, text, start) => {
    expect(await message(() => read(text, jsonl))).toContain(start);
  });

  it('refuses a missing column, and a list in a needed one, with the line', async () => {
    const options = { ...jsonl, columns: ['text'] };
    expect(await message(() => read('{"text": "a"}\n{"txt": "b"}', options))).toBe(
      'DATA_INVALID f:2: expected a column "text"; got the columns "txt". Did you mean "txt"?',
    );
    expect(await message(() => read('{"text": ["a"]}', options))).toContain(
      'f:1: expected text, a number or true/false in "text"',
    );
  });
});

describe('damage', () => {
  it.each([
    ['an empty file', '', 'f: expected rows; got an empty file'],
    ['white space only', ' \n\r\n', 'f: expected rows; got an empty file'],
    ['a short row', 'a\tb\n1\t2\n3\n', 'f:3: expected 2 cells (a, b); got 1, the first being "3"'],
    ['a long row', 'a\tb\n1\t2\t3\n', 'f:2: expected 2 cells (a, b); got 3'],
    ['a column name twice', 'a\ta\n1\t2\n', 'f:1: expected every column name once; got "a" twice'],
    ['a NUL byte', 'a\tb\n1\t2\n\0\t4\n', 'f:3: expected text in UTF-8; got a NUL byte at offset 8'],
  ])('refuses %s', async (_, text, part) => {
    expect(await message(() => read(text, tsv))).toContain(`DATA_INVALID ${part}`);
  });

  it('names a missing column, those there are, and the nearest', async () => {
    expect(await message(() => read('sentense\tlabel\nx\t1\n', { ...tsv, columns: ['sentence'] }))).toBe(
      'DATA_INVALID f:1: expected a column "sentence"; got the columns "sentense", "label". Did you mean "sentense"?',
    );
  });

  it.each([
    ['a single byte', [0x61, 0x0a, 0x62, 0xff, 0x63], 2, 'ff at offset 3'],
    ['a sequence cut short', [0x61, 0x0a, 0x0a, 0xe2, 0x82, 0x41], 3, 'e2 at offset 3'],
    ['a byte after a whole character', [0x61, 0x0a, 0xe2, 0x82, 0xac, 0xff], 2, 'ff at offset 5'],
    ['a sequence cut by the end', [0x61, 0x0a, 0xe2, 0x82], 2, 'e2 at offset 2'],
  ])('refuses %s that is not UTF-8, with its line', async (_, content, line, byte) => {
    expect(await message(() => read(new Uint8Array(content), tsv))).toContain(
      `f:${line}: expected text in UTF-8; got the byte 0x${byte}`,
    );
  });

  it('reads bytes that are not UTF-8 when told to', async () => {
    const content = new Uint8Array([0x61, 0x0a, 0x62, 0xff]);
    expect(await read(content, { ...tsv, encoding: 'utf-8-lossy' })).toEqual([{ at: 'f:2', values: { a: 'b\ufffd' } }]);
  });
});

describe('CSV of a spreadsheet', () => {
  it.each([
    ['semicolons', 'a;b\n1,5;"x;y"\n', { a: '1,5', b: 'x;y' }],
    ['tabs', 'a\tb\n1\t"x\ty"\n', { a: '1', b: 'x\ty' }],
    ['bars', 'a|b\n1|2\n', { a: '1', b: '2' }],
    ['commas, though a name holds a semicolon', 'a,"b;c;d"\n1,2\n', { a: '1', 'b;c;d': '2' }],
    ['one column', 'a\nx; y | z\n', { a: 'x; y | z' }],
  ])('is divided by %s', async (_, text, values) => {
    expect(await read(text, csv)).toEqual([{ at: 'f:2', values }]);
  });

  it('is divided by what the options say', async () => {
    expect(await read('a;b,c\n1;2,3\n', { ...csv, delimiter: ';' })).toEqual([
      { at: 'f:2', values: { a: '1', 'b,c': '2,3' } },
    ]);
  });

  it('is read in the encoding that the options name', async () => {
    const content = Uint8Array.from([...bytes('a\ncaf'), 0xe9, 0x80, 0x0a]);
    const text = async (encoding: ReadOptions['encoding'] & string) =>
      (await read(content, { ...csv, encoding }))[0]!.values['a'];
    expect(await text('windows-1252')).toBe('café€');
    expect(await text('latin1')).toBe('café\u0080');
    expect(await text('utf-8-lossy')).toMatch(/^caf\ufffd+$/);
    expect(await message(() => read(content, csv))).toContain('the byte 0xe9 at offset 5');
    expect(await message(() => read(content, csv))).toContain('windows-1252');
  });
});

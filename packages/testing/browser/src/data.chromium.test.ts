import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { lackOfChromium } from './chromium.js';
import type { Picked, Read } from './pages/data.page.js';
import { useSite } from './site.spec.js';

const rows = Array.from({ length: 40_000 }, (_, row) => `"a row, ümläut ${row}",${row % 2 ? 'good' : 'bad'}\n`);
const csv = `text,label\n${rows.join('')}`;
const bytes = (content: string | Uint8Array): string => Buffer.from(content).toString('base64');

describe.skipIf(lackOfChromium)(lackOfChromium ?? 'a File in Chromium', () => {
  const site = useSite(['data']);
  const read = (task: Picked['task'], contents: Picked['contents']) => site.run<Read>('data', { task, contents });

  it('feeds the data set of own files: CSV of several parts, the same packed with gzip', async () => {
    const packed = new Uint8Array(gzipSync(csv));
    for (const contents of [{ 'train.csv': bytes(csv) }, { 'train.csv.gz': bytes(packed) }]) {
      const { train, validation } = (await read('files', contents)) as Exclude<Read, string>;
      expect([train!.rows, validation!.rows]).toEqual([36_000, 4_000]);
      const [name] = Object.keys(contents);
      const last = { text: `a row, ümläut ${rows.length - 1}`, label: 1, at: `page/${name}:${rows.length + 1}` };
      expect([train!.last, validation!.last]).toContainEqual(last);
    }
  });

  it('feeds a published task, and Parquet', async () => {
    const example = { text: 'It rains.', pair: 'It is dry.', label: 1, at: 'page/train.tsv:2' };
    const text = 'index\tsentence1\tsentence2\tlabel\n0\tIt rains.\tIt is dry.\tnot_entailment\n';
    expect(await read('rte', { 'train.tsv': bytes(text) })).toEqual({
      train: { rows: 1, first: example, last: example },
    });
    const parquet = readFileSync(new URL('../../../core/data/fixtures/rows.parquet', import.meta.url));
    expect(await read('files', { 'train.parquet': bytes(parquet) })).toContain(
      'page/train.parquet, row group 2, row 1: expected text in the column "text"; got null',
    );
  });

  it('is refused where it is damaged, with the line', async () => {
    const cut = new Uint8Array(gzipSync(csv)).slice(0, -9);
    expect(await read('files', { 'train.csv.gz': bytes(cut) })).toMatch(
      /page\/train\.csv\.gz:\d+: expected a complete gzip file/,
    );
  });
});

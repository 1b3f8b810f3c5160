import { openBackend } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { labelNameWarnings, splitWarnings } from './data-warnings.js';
import { inspectData, load, train } from './index.js';
import { tinyTask } from './memory.spec.js';
import { TokenCounter, tokenWarnings, unknownShare } from './unknown-tokens.js';

const labels = (...rows: number[]) => rows.map((count, index) => ({ label: `label ${index}`, rows: count }));

describe('warnings about rows', () => {
  it('name a split of three rows or fewer', () => {
    const few = splitWarnings({ what: 'a.csv, "test"', rows: 3, labels: [] }, false);
    expect(few).toEqual(['a.csv, "test": only 3 rows; a result on so few is chance. Add rows.']);
    expect(splitWarnings({ what: 'a.csv, "test"', rows: 4, labels: [] }, false)).toEqual([]);
  });

  it('name the only label of rows that are trained on', () => {
    const found = splitWarnings({ what: 'a.csv, "train"', rows: 9, labels: labels(0, 9) }, true);
    expect(found).toEqual([expect.stringContaining('every row has the label "label 1"')]);
    expect(splitWarnings({ what: 'a.csv, "test"', rows: 9, labels: labels(0, 9) }, false)).toEqual([]);
    expect(splitWarnings({ what: 'a.csv, "train"', rows: 9, labels: labels(2, 7) }, true)).toEqual([]);
  });

  it('name labels that occur once, five at most', () => {
    const one = splitWarnings({ what: 'a', rows: 9, labels: labels(8, 1) }, true);
    expect(one).toEqual(['a: the label "label 1" occurs in one row only; add rows, or merge rare labels.']);
    const many = splitWarnings({ what: 'a', rows: 17, labels: labels(10, 1, 1, 1, 1, 1, 1, 1) }, true);
    expect(many).toEqual([expect.stringMatching(/^a: the labels "label 1", .*"label 5" and 2 more occur in one row/)]);
  });

  it('name labels that differ only by case or white space', () => {
    expect(labelNameWarnings('a.csv', ['Good', 'bad', 'good ', 'so  so', 'so so'])).toEqual([
      expect.stringContaining('a.csv: the labels "Good", "good " differ only by case or white space'),
      expect.stringContaining('"so  so", "so so"'),
    ]);
    expect(labelNameWarnings('a.csv', ['good', 'bad'])).toEqual([]);
  });
});

describe('unknown tokens', () => {
  const count = (...rows: number[][]) => {
    const counter = new TokenCounter({ padId: 0, unknownId: 1, clsId: 2, sepId: 3 });
    for (const ids of rows) counter.add({ group: [{ ids, types: ids.map(() => 0) }] });
    return counter.counts;
  };

  it('are counted without special tokens', () => {
    expect(count([2, 5, 1, 6, 3], [2, 1, 1, 3], [2, 3])).toEqual({ tokens: 5, unknown: 3, emptyRows: 2, rows: 3 });
    expect(unknownShare(count([2, 5, 1, 6, 7, 3]))).toBe(0.25);
    expect(unknownShare(count())).toBe(0);
  });

  it('are a warning above 5 %, and where a row has no other', () => {
    const known = new Array<number>(19).fill(5);
    expect(tokenWarnings('a', count([...known, 1]))).toEqual([]);
    expect(tokenWarnings('a', count([...known, 1, 1]))).toEqual([expect.stringContaining('does not know 9.5 %')]);
    expect(tokenWarnings('a', count(known, [2, 1, 3]))).toEqual([expect.stringContaining('1 of 2 rows have no token')]);
  });

  it('are counted in the choices of a row too', () => {
    const counter = new TokenCounter({ padId: 0, unknownId: 1, clsId: 2, sepId: 3 });
    counter.add({
      group: [
        { ids: [2, 5, 3], types: [] },
        { ids: [2, 1, 3], types: [] },
      ],
    });
    expect(counter.counts).toEqual({ tokens: 2, unknown: 1, emptyRows: 0, rows: 1 });
  });
});

describe('bad input', () => {
  const files = tinyTask();
  const settings = { epochs: 1, batchSize: 16 };
  const common = { files, backend: 'wasm' as const };
  beforeAll(async () => {
    files.set('bad.tsv', 'text\tlabel\nsun rain\tGood\nfog mist\tgood\ncat zebra\tgood\ndog\tgood\n');
    await openBackend('wasm');
  });

  it('is warned of by train, and its unknown tokens are in the data event', async () => {
    const warnings: string[] = [];
    const options = {
      ...common,
      settings,
      dataOptions: { validation: 0 },
      onWarning: (each: string) => warnings.push(each),
    };
    let unknown: number | undefined;
    for await (const event of train({ ...options, model: 'encoder', data: 'bad.tsv', name: 'bad', out: 'bad' }))
      if (event.type === 'data') unknown = event.unknownTokens;
    expect(unknown).toBeCloseTo(3 / 7, 12);
    expect(warnings).toEqual([
      expect.stringContaining('bad.tsv, "train": the encoder does not know 42.9 % of the tokens'),
      expect.stringContaining('bad.tsv, "train": 1 of 4 rows have no token that the encoder knows'),
      expect.stringContaining('the labels "Good", "good" differ only by case'),
      expect.stringContaining('the label "Good" occurs in one row only'),
    ]);
  });

  it('is warned of by data inspect, with the share of unknown tokens', async () => {
    const options = { files, data: 'bad.tsv', dataOptions: { validation: 0 } };
    const found = await inspectData({ ...options, model: 'encoder' });
    expect(found.splits[0]!.unknownTokens).toBeCloseTo(3 / 7, 12);
    expect(found.warnings).toHaveLength(4);
    const words = await inspectData(options);
    expect(words.splits[0]).not.toHaveProperty('unknownTokens');
    expect(words.warnings).toHaveLength(2);
  });

  it('is warned of by predict, once', async () => {
    const [warnings, counts]: [string[], object[]] = [[], []];
    const model = await load('bad', { ...common, model: 'encoder', onWarning: (each) => warnings.push(each) });
    const onTokens = (each: object): unknown => counts.push(each);
    for (let time = 0; time < 2; time++) await model.predict(['zebra sun', 'sun'], { onTokens });
    model.dispose();
    expect(counts[0]).toEqual({ tokens: 3, unknown: 1, emptyRows: 0, rows: 2 });
    expect(warnings).toEqual([
      'the inputs: the encoder does not know 33.3 % of the tokens; use one that was trained on this language.',
    ]);
  });
});

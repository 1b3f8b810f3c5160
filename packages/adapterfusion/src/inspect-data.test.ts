import { describe, expect, it } from 'vitest';
import { inspectData } from './index.js';
import { MemoryFiles } from './memory.spec.js';

const rowsOf = (...rows: string[]) => rows.map((row) => `${row}\n`).join('');
function files(contents: Record<string, string>): MemoryFiles {
  const held = new MemoryFiles();
  for (const [path, text] of Object.entries(contents)) held.set(path, text);
  return held;
}

describe('inspectData', () => {
  it('finds columns, labels, lengths, repetitions and leaks', async () => {
    const found = await inspectData({
      data: 'mine',
      files: files({
        'mine/train.tsv': rowsOf('text\tlabel', 'one two\tyes', 'three\tno', 'one two\tyes', 'three\tyes'),
        'mine/dev.tsv': rowsOf('text\tlabel', 'three\tno', 'four five six\tno', 'three\tno'),
      }),
    });
    const words = (rows: number, max: number) => ({ max, histogram: [{ from: 1, to: 8, rows }] });
    expect(found).toMatchObject({
      name: 'mine',
      task: { type: 'text-classification', labels: ['no', 'yes'] },
      unit: 'words',
      proposal: {
        parts: [
          { at: 'mine/train.tsv', columns: ['text', 'label'] },
          { at: 'mine/dev.tsv', columns: ['text', 'label'] },
        ],
        options: { text: 'text', pair: false, label: 'label', labels: ['no', 'yes'] },
        guessed: [],
      },
      splits: [
        {
          split: 'train',
          rows: 4,
          labels: [
            { label: 'no', rows: 1 },
            { label: 'yes', rows: 3 },
          ],
          lengths: { median: 1, ...words(4, 2) },
          duplicates: 2,
          conflicting: 1,
          first: { text: 'one two', label: 1, at: 'mine/train.tsv:2' },
          last: { text: 'three', label: 1, at: 'mine/train.tsv:5' },
        },
        { split: 'validation', rows: 3, lengths: { p95: 3, ...words(3, 3) }, duplicates: 1, conflicting: 0 },
      ],
      leakage: [{ from: 'train', into: 'validation', rows: 2, at: 'mine/dev.tsv:2' }],
    });
  });

  it('counts rows by types of entities, sorted by name in every split', async () => {
    const row = (...tags: string[]) => JSON.stringify({ tokens: tags.map((_, at) => `w${at}`), tags });
    const { splits } = await inspectData({
      data: 'mine',
      files: files({
        'mine/train.jsonl': rowsOf(row('B-LOC', 'I-LOC', 'O', 'B-PER'), row('O', 'B-LOC')),
        'mine/dev.jsonl': rowsOf(row('B-PER', 'B-LOC'), row('B-PER')),
      }),
    });
    expect(splits.map(({ labels }) => labels)).toEqual([
      [
        { label: 'LOC', rows: 2 },
        { label: 'PER', rows: 1 },
      ],
      [
        { label: 'LOC', rows: 1 },
        { label: 'PER', rows: 2 },
      ],
    ]);
  });

  it('guesses columns by what they hold, which training does not', async () => {
    const rows = Array.from({ length: 30 }, (_, row) => `${row},a comment of some words ${row},${row % 3}`);
    const held = files({ 'mine.csv': rowsOf('n,comment,stars', ...rows) });
    const { proposal } = await inspectData({ data: 'mine.csv', files: held });
    expect(proposal).toMatchObject({
      options: { text: 'comment', label: 'stars', labels: ['0', '1', '2'] },
      guessed: ['text', 'label'],
    });
    const named = await inspectData({ data: 'mine.csv', files: held, dataOptions: { label: 'stars' } });
    expect(named.proposal).toMatchObject({ options: { text: 'comment', label: 'stars' }, guessed: ['text'] });
    const hopeless = files({ 'mine.csv': rowsOf('n,m', ...rows.map((_, row) => `${row},x`)) });
    await expect(inspectData({ data: 'mine.csv', files: hopeless })).rejects.toThrow('expected a column for the label');
  });

  it('counts tokens of an encoder that is named', async () => {
    const held = files({
      'encoder/vocab.txt': rowsOf('[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'sun', '##ny'),
      'mine.jsonl': rowsOf(
        ...[0, 1, 0, 1].map((label, n) =>
          JSON.stringify({ premise: 'sunny', hypothesis: 'sun '.repeat(n + 1), label }),
        ),
      ),
    });
    const found = await inspectData({
      data: 'mine.jsonl',
      files: held,
      model: 'encoder',
      dataOptions: { validation: 0 },
    });
    expect(found).toMatchObject({ unit: 'tokens', splits: [{ split: 'train', lengths: { median: 7, max: 9 } }] });
    expect(found.splits[0]!.lengths.histogram).toEqual([
      { from: 1, to: 8, rows: 3 },
      { from: 9, to: 16, rows: 1 },
    ]);
  });

  it('refuses what training would refuse, and stops when told to', async () => {
    const held = files({ 'mine.tsv': rowsOf('text\tlabel', 'a\t0', 'b\t1', '\t1') });
    const options = { data: 'mine.tsv', files: held, dataOptions: { validation: 0 } };
    await expect(inspectData(options)).rejects.toMatchObject({ code: 'DATA_INVALID', at: 'mine.tsv:4' });
    const signal = AbortSignal.abort();
    await expect(inspectData({ ...options, signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

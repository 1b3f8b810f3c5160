import { readFileSync } from 'node:fs';
import type { Row, TaskTokenizer } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import { tokenClassification, type TokenClassificationAnswer } from './index.js';

const LABELS = ['B-LOC', 'B-PER', 'I-LOC', 'I-PER', 'O'];
const kind = tokenClassification().create({ labels: LABELS });
const indices = (...tags: string[]): number[] => tags.map((tag) => LABELS.indexOf(tag));

/** Tokens of at most three letters: `##` continues a word, punctuation is a token. */
const tokenizer = {
  spelling: 'wordpiece',
  normalize: (text: string) => text.toLowerCase(),
  tokenize: (text: string) => {
    const tokens = (text.toLowerCase().match(/[a-z0-9]+|[^\sa-z0-9]/g) ?? []).flatMap((word) =>
      (word.match(/.{1,3}/g) ?? []).map((part, at) => (at === 0 ? part : `##${part}`)),
    );
    return { ids: tokens.map((token) => 10 + token.length), tokens };
  },
  assemble: (first: readonly number[]) => ({
    ids: [1, ...first, 2],
    types: new Array<number>(first.length + 2).fill(0),
    starts: [1],
  }),
} as unknown as TaskTokenizer;

const encode = (fields: object, maxLength = 64): readonly Row<readonly number[]>[] =>
  kind.encode(kind.parse({ ...fields }, 'x:1'), tokenizer, { maxLength }) as readonly Row<readonly number[]>[];

describe('parse', () => {
  it('reads words with tags, and leaves an example as it is', () => {
    const example = kind.parse({ tokens: ['Ann', 'saw', 'Rome'], tags: ['B-PER', 'O', 'B-LOC'] }, 'f:1') as object;
    expect(example).toEqual({
      text: 'Ann saw Rome',
      words: [
        [0, 3],
        [4, 7],
        [8, 12],
      ],
      tags: indices('B-PER', 'O', 'B-LOC'),
      at: 'f:1',
    });
    expect(kind.parse({ ...example }, 'f:1')).toEqual(example);
  });

  it('reads a text with spans, in any order', () => {
    const spans = [
      { start: 14, end: 22, label: 'LOC' },
      { start: 0, end: 7, label: 'PER' },
    ];
    const { tags } = kind.parse({ text: 'Ann Lee sees  New York.', spans }, 'f:1') as { tags: number[] };
    expect(tags).toEqual(indices('B-PER', 'I-PER', 'O', 'B-LOC', 'I-LOC', 'O'));
  });

  it.each([
    [{ tokens: ['a', 'b'], tags: ['O'] }, 'DATA_INVALID', 'a tag for each of 2 words; got 1 tags'],
    [{ tokens: [] }, 'DATA_INVALID', 'at least one word'],
    [{ tokens: 'a b' }, 'DATA_INVALID', 'a list of words'],
    [{ tokens: ['a'], tags: ['B-ORG'] }, 'LABEL_UNKNOWN', '"B-ORG"'],
    [
      { text: 'a bc', spans: [{ start: 0, end: 3, label: 'PER' }] },
      'DATA_INVALID',
      'begin and end with words; got "a b"',
    ],
    [
      {
        text: 'a bc',
        spans: [
          { start: 0, end: 4, label: 'PER' },
          { start: 2, end: 4, label: 'LOC' },
        ],
      },
      'DATA_INVALID',
      'spans that do not overlap',
    ],
    [{ text: 'a', spans: [{ start: 0, end: 9, label: 'PER' }] }, 'DATA_INVALID', 'spans within the text'],
    [{}, 'DATA_INVALID', '"text"'],
  ])('refuses %j', (fields, code, words) => {
    expect(() => void kind.parse(fields, 'f:2')).toThrow(words);
    expect(() => void kind.parse(fields, 'f:2')).toThrow(expect.objectContaining({ code }));
  });

  it('finds the names of tags', () => {
    expect(kind.labelsIn!({ tokens: ['a'], tags: ['O'] }, 'f:1')).toEqual(['O']);
    expect(kind.labelsIn!({ text: 'a', spans: [{ start: 0, end: 1, label: 'X' }] }, 'f:1')).toEqual([
      'O',
      'B-X',
      'I-X',
    ]);
  });
});

it('refuses labels of which only some are IOB2 tags, and entities without a type', () => {
  for (const labels of [
    ['O', 'B-PER', 'NOUN'],
    ['O', 'B'],
    ['O', 'B-PER', 'I-'],
  ])
    expect(() => tokenClassification().create({ labels })).toThrow('IOB2 tags');
});

it('gives the first token of each word its tag, and the others −1', () => {
  const [row] = encode({ tokens: ['Annabel', 'saw', 'Rome'], tags: ['B-PER', 'O', 'B-LOC'] });
  // [CLS] ann ##abe ##l saw rom ##e [SEP]
  expect(row!.group[0]!.ids).toHaveLength(8);
  expect(row!.target).toEqual([-1, ...indices('B-PER'), -1, -1, ...indices('O', 'B-LOC'), -1, -1]);
  expect(kind.collate([row!.target!], { groups: [1], time: 10 })['labels']!.shape).toEqual([1, 10]);
  expect([...kind.collate([row!.target!], { groups: [1], time: 10 })['labels']!.data].slice(8)).toEqual([-1, -1]);
  expect(kind.classes!(row!.target!)).toEqual(indices('B-PER', 'O', 'B-LOC'));
});

it('cuts a long text into rows at words, and puts the answers together', () => {
  const tokens = Array.from({ length: 20 }, (_, at) => `word${at}`);
  const rows = encode({ tokens, tags: tokens.map((_, at) => (at % 3 === 0 ? 'B-PER' : 'O')) }, 12);
  expect(rows.length).toBeGreaterThan(3);
  for (const { group } of rows) expect(group[0]!.ids.length).toBeLessThanOrEqual(12);
  expect(rows.flatMap(({ target }) => target!.filter((tag) => tag >= 0))).toHaveLength(20);
  const outputs = rows.map(({ group, target }) => {
    const { length } = group[0]!.ids;
    const values = new Float32Array(length * LABELS.length);
    target!.forEach((tag, token) => {
      if (tag >= 0) values[token * LABELS.length + tag] = 9;
    });
    return { values, shape: [1, length, LABELS.length] };
  });
  const example = kind.parse({ tokens }, 'x:1');
  const answer = kind.decode(outputs, rows, example as object) as TokenClassificationAnswer;
  expect(answer.tags).toEqual(tokens.map((_, at) => (at % 3 === 0 ? 'B-PER' : 'O')));
  expect(answer.entities[1]).toMatchObject({ label: 'PER', text: 'word3', start: 18, end: 23 });
  expect(answer.entities[1]!.score).toBeGreaterThan(0.99);
});

it('measures as seqeval does', () => {
  const cases = JSON.parse(readFileSync(new URL('../fixtures/expected.json', import.meta.url), 'utf8')) as {
    targets: string[][];
    predictions: string[][];
    scores: Record<string, number>;
  }[];
  for (const { targets, predictions, scores } of cases)
    for (const { name, compute } of kind.metrics) {
      const found = compute(
        predictions.map((row) => indices(...row)),
        targets.map((row) => indices(...row)),
      );
      expect(found, name).toBeCloseTo(scores[name]!, 9);
    }
});

it('has tags without prefixes, such as parts of speech', () => {
  const pos = tokenClassification().create({ labels: ['NOUN', 'VERB'] });
  expect(pos.metrics.map(({ name }) => name)).toEqual(['accuracy']);
  const example = pos.parse({ tokens: ['dogs', 'run'], tags: ['NOUN', 'VERB'] }, 'f:1') as object;
  expect(pos.describe([0, 1], example)).toBe('NOUN VERB');
  expect(pos.baseline([[1, 1, 0]]).predict(example)).toEqual([1, 1]);
  expect(kind.baseline([indices('B-PER')]).predict(example)).toEqual(indices('O', 'O'));
});

it('names the package and its version', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { packageName: name, packageVersion: version } = tokenClassification.plugin;
  expect(manifest).toMatchObject({ name, version });
});

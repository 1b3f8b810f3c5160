import { readFileSync } from 'node:fs';
import type { TaskTokenizer } from '@adapterfusion/contracts';
import { expect, it } from 'vitest';
import { multipleChoice } from './index.js';

const kind = multipleChoice().create({ labels: [] });

it('reads the right choice by its index or its text', () => {
  const example = { text: 'q', choices: ['a', 'b'], label: 1, at: 'f:1' };
  expect(kind.parse({ text: 'q', choices: ['a', 'b'], label: 'b' }, 'f:1')).toEqual(example);
  expect(kind.parse(example, 'f:1')).toEqual(example);
});

it.each([
  [{ text: 'q', choices: ['a'] }, 'at least two choices'],
  [{ text: 'q', choices: ['a', ''] }, 'at least two texts'],
  [{ text: 'q' }, 'choices'],
  [{ text: 'q', choices: ['a', 'b'], label: 2 }, 'one of 2 choices'],
  [{ text: 'q', choices: ['a', 'b'], label: 'c' }, 'one of 2 choices'],
])('refuses %j', (fields, words) => {
  expect(() => void kind.parse(fields, 'f:2')).toThrow(words);
  expect(() => void kind.parse(fields, 'f:2')).toThrow(expect.objectContaining({ code: 'DATA_INVALID' }));
});

it('encodes the text with each choice as one group, and tells the loss how many there are', () => {
  const tokenizer = {
    encode: (text: string, pair?: string) => ({ ids: [text.length, pair!.length], types: [0, 1] }),
  } as unknown as TaskTokenizer;
  const rows = kind.encode(kind.parse({ text: 'q', choices: ['a', 'bb', 'ccc'], label: 2 }, 'x'), tokenizer, {
    maxLength: 8,
  });
  expect(rows).toHaveLength(1);
  expect(rows[0]!.group.map(({ ids }) => ids)).toEqual([
    [1, 1],
    [1, 2],
    [1, 3],
  ]);
  expect(kind.collate([2, 0], { groups: [3, 2], time: 4 })).toEqual({
    labels: { data: Int32Array.of(2, 0), shape: [2] },
    groups: { data: Int32Array.of(3, 2), shape: [2] },
  });
});

it('answers with the choice of the largest output', () => {
  const output = { values: Float32Array.of(0, 2, 1), shape: [3, 1] };
  const answer = kind.decode([output], [], { choices: ['a', 'b', 'c'] }) as object;
  expect(answer).toMatchObject({ label: 'b', choice: 1 });
  expect(kind.prediction(answer)).toBe(1);
  expect(kind.metrics[0]!.compute([1, 0], [1, 1])).toBe(0.5);
});

it('names the package and its version', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { packageName: name, packageVersion: version } = multipleChoice.plugin;
  expect(manifest).toMatchObject({ name, version });
});

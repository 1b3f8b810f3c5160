import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { Dataset, TextExample, Split } from '@adapterfusion/contracts';
import { collect, memorySource, splitSizes } from '@adapterfusion/data';
import { describe, expect, it } from 'vitest';
import { cb } from './index.js';

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

it('takes the options of its layout', () => {
  expect(() => cb({ size: 1 } as never)).toThrow('cb: expected a known option; got "size"');
});

it.skipIf(absent)(`CB in ../shared/data, row by row as the reference reads it${absent}`, async () => {
  const [dataset, source] = [cb().create({}), sourceOf('CB')];
  expect(await splitSizes(dataset, source)).toEqual([
    { split: 'train', rows: 250, labels: [115, 16, 119] },
    { split: 'validation', rows: 56, labels: [23, 5, 28] },
  ]);
  expect(digest(await collect(dataset, 'train', source))).toBe('6660c33f4578a5a2');
  expect(digest(await collect(dataset, 'validation', source))).toBe('629ce74e0f04f3ba');
});

describe('CB', () => {
  const row = (change: object) =>
    JSON.stringify({ premise: 'A', hypothesis: 'B', label: 'neutral', idx: 0, ...change });

  it('reads rows, from dev.jsonl too', async () => {
    expect(await damaged(cb().create({}), { 'CB/dev.jsonl': `${row({})}\r\n` }, 'validation')).toEqual([
      { text: 'A', pair: 'B', label: 1, at: 'x/CB/dev.jsonl:1' },
    ]);
    expect(cb().create({})).toMatchObject({
      task: { type: 'text-classification', labels: ['entailment', 'neutral', 'contradiction'] },
      metrics: ['accuracy', 'macro-f1'],
    });
  });

  it.each([
    ['a label that is not known', row({ label: 'Neutral' }), 'x/train.jsonl:1: expected one of the labels'],
    [
      'a row of the test file, without label',
      `${row({})}\n{"premise":"A","hypothesis":"B","idx":1}`,
      'x/train.jsonl:2: expected a column "label"',
    ],
    ['an id twice', `${row({})}\n${row({})}`, 'x/train.jsonl:2: expected every id once'],
    [
      'a premise that is null',
      row({ premise: null }),
      'x/train.jsonl:1: expected text in the column "premise"; got null',
    ],
    ['half a line', `${row({})}\n{"premise": "A`, 'x/train.jsonl:2: expected a JSON object'],
  ])('refuses %s', async (_, text, message) => {
    await expect(damaged(cb().create({}), { 'train.jsonl': text })).rejects.toThrow(message);
  });
});

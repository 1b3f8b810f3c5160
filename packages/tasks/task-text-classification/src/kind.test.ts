import { readFileSync } from 'node:fs';
import type { TaskTokenizer } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import { textClassification } from './index.js';

const kind = textClassification().create({ labels: ['no', 'yes', 'maybe'] });
const output = (...values: number[]) => ({ values: Float32Array.from(values), shape: [1, values.length] });

describe('parse', () => {
  it('reads texts, pairs and labels by name or index, and leaves an example as it is', () => {
    const example = kind.parse({ text: 'a', pair: 'b', label: 'yes' }, 'f:1') as object;
    expect(example).toEqual({ text: 'a', pair: 'b', label: 1, at: 'f:1' });
    expect(kind.parse({ ...example }, 'f:1')).toEqual(example);
    expect(kind.parse({ text: 'a' }, 'f:2')).toEqual({ text: 'a', at: 'f:2' });
  });

  it.each([
    [{ text: ' ' }, 'DATA_INVALID', 'f:3: expected text in the field "text"'],
    [{ text: 'a', pair: 7 }, 'DATA_INVALID', '"pair"'],
    [{ text: 'a', label: 'yess' }, 'LABEL_UNKNOWN', 'Did you mean "yes"?'],
    [{ text: 'a', label: 3 }, 'LABEL_UNKNOWN', '"no", "yes", "maybe"'],
  ])('refuses %j', (fields, code, words) => {
    expect(() => void kind.parse(fields, 'f:3')).toThrow(expect.objectContaining({ code }));
    expect(() => void kind.parse(fields, 'f:3')).toThrow(words);
  });
});

it('encodes a text or a pair as one encoding, with the label as target', () => {
  const tokenizer = {
    encode: (text: string, pair?: string) => ({ ids: [text.length, pair?.length ?? 0], types: [0, 0] }),
  } as unknown as TaskTokenizer;
  const encoded = (fields: object): unknown => kind.encode(kind.parse({ ...fields }, 'x'), tokenizer, { maxLength: 8 });
  expect(encoded({ text: 'abc', pair: 'de', label: 2 })).toEqual([
    { group: [{ ids: [3, 2], types: [0, 0] }], target: 2 },
  ]);
  expect(encoded({ text: 'abc' })).toEqual([{ group: [{ ids: [3, 0], types: [0, 0] }] }]);
});

it('answers with probabilities, also of large outputs; the first of equal ones wins', () => {
  const answer = kind.decode([output(1, 2, 3)], [], {}) as { label: string; scores: Record<string, number> };
  expect(answer.label).toBe('maybe');
  expect(answer.scores['maybe']).toBeCloseTo(0.665241, 6);
  expect(kind.decode([output(1000, 0, -1000)], [], {})).toEqual({ label: 'no', scores: { no: 1, yes: 0, maybe: 0 } });
  expect(kind.prediction(kind.decode([output(2, 2, 1)], [], {}))).toBe(0);
  expect(kind.error(answer, 1)).toBeCloseTo(-Math.log(0.2447285), 5);
});

it('measures as scikit-learn does, and has f1 for two labels', () => {
  const value = (name: string, labels = kind): number =>
    labels.metrics.find((metric) => metric.name === name)!.compute([0, 1, 1, 2], [0, 1, 2, 2]);
  expect(value('accuracy')).toBe(0.75);
  expect(value('macro-f1')).toBeCloseTo((1 + 2 / 3 + 2 / 3) / 3, 9);
  expect(kind.metrics.map(({ name }) => name)).not.toContain('f1');
  const two = textClassification().create({ labels: ['a', 'b'] });
  expect(two.metrics.map(({ name }) => name)).toContain('f1');
});

it('the baseline is the most frequent label', () => {
  const baseline = kind.baseline([2, 1, 2, 0]);
  expect([baseline.name, baseline.predict({})]).toEqual(['majority', 2]);
});

it('names the package and its version', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { packageName: name, packageVersion: version } = textClassification.plugin;
  expect(manifest).toMatchObject({ name, version });
});

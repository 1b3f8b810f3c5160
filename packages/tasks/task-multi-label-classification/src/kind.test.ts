import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { multiLabelClassification, type MultiLabelClassificationAnswer } from './index.js';

const LABELS = ['a', 'b', 'c', 'd'];
const kind = multiLabelClassification().create({ labels: LABELS });

it('reads labels as a list of names or indices, or as a text with separators', () => {
  const example = { text: 'x', labels: [0, 2], at: 'f:1' };
  for (const labels of [['c', 'a'], [2, 'a'], 'c | a', ['a', 'c', 'a']])
    expect(kind.parse({ text: 'x', labels }, 'f:1')).toEqual(example);
  expect(kind.parse(example, 'f:1')).toEqual(example);
  expect(kind.parse({ text: 'x', labels: [] }, 'f:1')).toEqual({ text: 'x', labels: [], at: 'f:1' });
  expect(kind.labelsIn!({ text: 'x', labels: 'q|r' }, 'f:1')).toEqual(['q', 'r']);
});

it('refuses labels that are no list, and unknown ones', () => {
  expect(() => void kind.parse({ text: 'x', labels: { a: 1 } }, 'f:2')).toThrow('f:2: expected a list of labels');
  expect(() => void kind.parse({ text: 'x', labels: ['aa'] }, 'f:2')).toThrow('Did you mean "a"?');
});

it('gives the labels that reach the threshold', () => {
  const output = { values: Float32Array.of(2, -2, 0, -9), shape: [1, 4] };
  const answer = kind.decode([output], [], {}) as MultiLabelClassificationAnswer;
  expect(answer.labels).toEqual(['a', 'c']);
  expect(answer.scores['a']).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
  expect(kind.prediction(answer)).toEqual([0, 2]);
  const strict = multiLabelClassification({ threshold: 0.9 }).create({ labels: LABELS });
  expect((strict.decode([output], [], {}) as MultiLabelClassificationAnswer).labels).toEqual([]);
  expect([...kind.collate([[0, 2], []], { groups: [1, 1], time: 3 })['labels']!.data]).toEqual([
    1, 0, 1, 0, 0, 0, 0, 0,
  ]);
  expect(kind.error(answer, [0, 2])).toBeLessThan(kind.error(answer, [1]));
});

it('measures as scikit-learn does', () => {
  const cases = JSON.parse(readFileSync(new URL('../fixtures/expected.json', import.meta.url), 'utf8')) as {
    targets: number[][];
    predictions: number[][];
    scores: Record<string, number>;
  }[];
  for (const { targets, predictions, scores } of cases)
    for (const { name, compute } of kind.metrics)
      expect(compute(predictions, targets), name).toBeCloseTo(scores[name]!, 9);
});

it('the baseline gives the labels of at least half of the rows, or else the most frequent one', () => {
  expect(kind.baseline([[0, 1], [0], [1, 0], []]).predict({})).toEqual([0, 1]);
  expect(kind.baseline([[0], [3], [3], [], [], []]).predict({})).toEqual([3]);
});

it('names the package and its version', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { packageName: name, packageVersion: version } = multiLabelClassification.plugin;
  expect(manifest).toMatchObject({ name, version });
});

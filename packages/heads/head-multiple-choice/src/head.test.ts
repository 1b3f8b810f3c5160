import { readFileSync } from 'node:fs';
import {
  gradients,
  openBackend,
  parameter,
  parameterRandom,
  read,
  scope,
  setTrainable,
  tensor,
  tensorCount,
} from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { multipleChoice } from './index.js';
import { sideBySide } from './side-by-side.js';

const shape = { hidden: 2, labels: 0, dropout: 0 };
const scores = [1, -2, 3, 0.5, 4, -1];

const ints = (values: readonly number[]) => ({ data: Int32Array.from(values), shape: [values.length] });
const softmax = (logits: readonly number[]): number[] => {
  const powers = logits.map(Math.exp);
  return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
};

beforeAll(async () => {
  await openBackend('cpu');
});

describe('the scores of a row stand side by side', () => {
  it('with equally many choices', async () => {
    const placed = sideBySide(tensor(scores, [6, 1]), [3, 3]);
    expect(placed.shape).toEqual([2, 3]);
    expect([...(await read(placed))]).toEqual(scores);
  });

  it('with −1e9 for choices that are not there', async () => {
    const placed = sideBySide(tensor(scores, [6, 1]), [1, 3, 2]);
    expect(placed.shape).toEqual([3, 3]);
    expect([...(await read(placed))]).toEqual([1, -1e9, -1e9, -2, 3, 0.5, 4, -1, -1e9]);
  });

  it('refuses other numbers of inputs', () => {
    expect(() => sideBySide(tensor(scores, [6, 1]), [3, 2])).toThrow(TypeError);
  });
});

it('every input gets a score, and the loss is the cross-entropy over the choices of its row', async () => {
  const head = multipleChoice({ layers: 1 }).create(shape);
  const weight = parameter(Float32Array.of(2, -1), [1, 2]);
  const params = { 'out.weight': weight, 'out.bias': parameter(Float32Array.of(0.5), [1]) };
  for (const each of Object.values(params)) setTrainable(each, true);
  const pooled = tensor([1, 0, 0, 1, 1, 1, 2, 0, 0, 2], [5, 2]);
  const [groups, labels] = [
    [2, 3],
    [1, 0],
  ];
  const targets = { labels: ints(labels), groups: ints(groups) };
  const before = tensorCount();
  const logits = scope(() => head.forward(params, pooled));
  expect([...(await read(logits))]).toEqual([2.5, -0.5, 1.5, 4.5, -1.5]);
  logits.dispose();
  const { value, gradients: found } = gradients(
    () => scope(() => head.loss(head.forward(params, pooled), targets)),
    new Map(Object.entries(params)),
  );
  const [first, second] = [softmax([2.5, -0.5]), softmax([1.5, 4.5, -1.5])];
  expect((await read(value))[0]).toBeCloseTo(-(Math.log(first[1]!) + Math.log(second[0]!)) / 2, 5);
  const errors = [first[0]!, first[1]! - 1, second[0]! - 1, second[1]!, second[2]!].map((error) => error / 2);
  const columns = [
    [1, 0, 1, 2, 0],
    [0, 1, 1, 0, 2],
  ];
  const expected = columns.map((column) => column.reduce((sum, x, row) => sum + x * errors[row]!, 0));
  (await read(found.get('out.weight')!)).forEach((each, at) => expect(each).toBeCloseTo(expected[at]!, 5));
  expect((await read(found.get('out.bias')!))[0]).toBeCloseTo(0, 6);
  [value, ...found.values()].forEach((each) => each.dispose());
  expect(tensorCount()).toBe(before);
});

it('the only choice of a row is certain', async () => {
  const head = multipleChoice().create(shape);
  const logits = head.forward(head.init(parameterRandom(1, 'head')), tensor([1, 2, 3, 4], [2, 2]));
  expect(logits.shape).toEqual([2, 1]);
  expect((await read(head.loss(logits, { labels: ints([0, 0]), groups: ints([1, 1]) })))[0]).toBe(0);
});

it('has the shared options under its own name, and says which package it is', () => {
  expect(() => multipleChoice.plugin.options({ layers: 3 })).toThrow('multiple-choice.layers');
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { packageName: name, packageVersion: version } = multipleChoice.plugin;
  expect(manifest).toMatchObject({ name, version });
});

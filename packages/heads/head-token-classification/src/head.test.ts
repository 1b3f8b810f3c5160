import { readFileSync } from 'node:fs';
import { openBackend, parameterRandom, read, scope, tensor, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, expect, it } from 'vitest';
import { tokenClassification } from './index.js';

const head = tokenClassification().create({ hidden: 2, labels: 3, dropout: 0.5 });
/** Two rows of two tokens; the last is padding. */
const logits = [1, 2, 3, 0, 0, 0, -1, 1, 0, 9, 9, 9];
const labels = (...values: number[]) => ({ labels: { data: Int32Array.from(values), shape: [2, 2] } });
const lossOf = (token: number, tag: number): number => {
  const row = logits.slice(3 * token, 3 * token + 3);
  return Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0)) - row[tag]!;
};

beforeAll(async () => {
  await openBackend('cpu');
});

it('gives every token a number for each tag, without pooling', async () => {
  const params = head.init(parameterRandom(1, 'head'));
  expect(Object.keys(params)).toEqual(['out.weight', 'out.bias']);
  const outputs = head.forward(params, tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]));
  expect(outputs.shape).toEqual([2, 2, 3]);
  const weight = await read(params['out.weight']!);
  expect((await read(outputs))[11]).toBeCloseTo(7 * weight[4]! + 8 * weight[5]!, 5);
  expect(head.pool).toBeUndefined();
  expect(
    tokenClassification({ layers: 2 }).create({ hidden: 2, labels: 3, dropout: 0 }).init(parameterRandom(1, 'h')),
  ).toHaveProperty(['dense.weight']);
});

it('loses the mean over the tokens that have a tag', async () => {
  const outputs = tensor(logits, [2, 2, 3]);
  const before = tensorCount();
  const loss = scope(() => head.loss(outputs, labels(2, -1, 0, -1)));
  expect((await read(loss))[0]).toBeCloseTo((lossOf(0, 2) + lossOf(2, 0)) / 2, 5);
  loss.dispose();
  expect(tensorCount()).toBe(before);
  expect((await read(head.loss(outputs, labels(-1, -1, -1, -1))))[0]).toBeCloseTo(0, 9);
});

it('weighs tags and rows', async () => {
  const weights = { class: [4, 1, 2], row: [1, 3] };
  const loss = head.loss(tensor(logits, [2, 2, 3]), labels(2, -1, 0, -1), weights);
  expect((await read(loss))[0]).toBeCloseTo((2 * lossOf(0, 2) + 12 * lossOf(2, 0)) / 14, 5);
});

it('has options of its own, without pooling, and says which package it is', () => {
  expect(tokenClassification().options).toEqual({ layers: 1, activation: 'tanh', bias: true, dropout: null });
  expect(() => tokenClassification.plugin.options({ pooling: 'cls' })).toThrow('pooling');
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { packageName: name, packageVersion: version } = tokenClassification.plugin;
  expect(manifest).toMatchObject({ name, version });
});

import { readFileSync } from 'node:fs';
import { openBackend, parameterRandom, read, scope, tensor, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, expect, it } from 'vitest';
import { questionAnswering } from './index.js';

const head = questionAnswering().create({ hidden: 2, labels: 0, dropout: 0 });
/** Two rows of three tokens: pairs of start and end. */
const logits = [1, 0, 2, -1, 0, 3, 5, 1, 1, 1, 0, 0];
const places = (...values: number[]) => ({ data: Int32Array.from(values), shape: [2] });
const lossOf = (row: number, output: number, token: number): number => {
  const own = [0, 1, 2].map((at) => logits[6 * row + 2 * at + output]!);
  return Math.log(own.reduce((sum, logit) => sum + Math.exp(logit), 0)) - own[token]!;
};

beforeAll(async () => {
  await openBackend('cpu');
});

it('gives every token two numbers', () => {
  const params = head.init(parameterRandom(1, 'head'));
  expect(head.forward(params, tensor([1, 2, 3, 4, 5, 6], [1, 3, 2])).shape).toEqual([1, 3, 2]);
  expect(head.outputs).toBe(2);
});

it('loses the mean of the cross-entropies of both ends', async () => {
  const outputs = tensor(logits, [2, 3, 2]);
  const before = tensorCount();
  const loss = scope(() => head.loss(outputs, { starts: places(1, 0), ends: places(2, 0) }));
  const all = [lossOf(0, 0, 1), lossOf(1, 0, 0), lossOf(0, 1, 2), lossOf(1, 1, 0)];
  expect((await read(loss))[0]).toBeCloseTo(all.reduce((sum, each) => sum + each, 0) / 4, 5);
  loss.dispose();
  expect(tensorCount()).toBe(before);
});

it('weighs rows', async () => {
  const loss = head.loss(tensor(logits, [2, 3, 2]), { starts: places(1, 0), ends: places(2, 0) }, { row: [1, 3] });
  const [first, second] = [lossOf(0, 0, 1) + lossOf(0, 1, 2), lossOf(1, 0, 0) + lossOf(1, 1, 0)];
  expect((await read(loss))[0]).toBeCloseTo((first + 3 * second) / 8, 5);
});

it('says which package it is', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { packageName: name, packageVersion: version } = questionAnswering.plugin;
  expect(manifest).toMatchObject({ name, version });
});

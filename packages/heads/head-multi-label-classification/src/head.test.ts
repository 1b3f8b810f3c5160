import { readFileSync } from 'node:fs';
import type { Params } from '@adapterfusion/contracts';
import { gradients, openBackend, parameter, parameterRandom, read, setTrainable, tensor } from '@adapterfusion/tensor';
import { beforeAll, expect, it } from 'vitest';
import { multiLabelClassification } from './index.js';

const context = { hidden: 4, labels: 3, dropout: 0 };
const head = multiLabelClassification({ layers: 1 }).create(context);
const logits = [2, -1, 0, 30, -30, 0.5];
const wanted = [1, 0, 1, 0, 0, 1];
const targets = { labels: { data: Float32Array.from(wanted), shape: [2, 3] } };
/** −log of the probability of what is wanted, in double precision. */
const losses = logits.map((x, at) => Math.log1p(Math.exp(wanted[at] === 1 ? -x : x)));

beforeAll(async () => {
  await openBackend('cpu');
});

it('gives every label a number', () => {
  const params = head.init(parameterRandom(1, 'head'));
  expect(head.forward(params, tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 4])).shape).toEqual([2, 3]);
  expect(head.linear).toBeUndefined();
});

it('loses the mean binary cross-entropy, without overflow, with the gradients of the formula', async () => {
  const outputs = parameter(Float32Array.from(logits), [2, 3]);
  setTrainable(outputs, true);
  const { value, gradients: found } = gradients(() => head.loss(outputs, targets), new Map([['outputs', outputs]]));
  expect((await read(value))[0]).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / 6, 5);
  const expected = logits.map((x, at) => (1 / (1 + Math.exp(-x)) - wanted[at]!) / 6);
  (await read(found.get('outputs')!)).forEach((each, at) => expect(each).toBeCloseTo(expected[at]!, 6));
});

it('weighs rows', async () => {
  const [first, second] = [losses.slice(0, 3), losses.slice(3)].map((row) => row.reduce((a, b) => a + b) / 3);
  const loss = head.loss(tensor(logits, [2, 3]), targets, { row: [3, 1] });
  expect((await read(loss))[0]).toBeCloseTo((3 * first! + second!) / 4, 5);
});

it('is fitted in closed form, label by label, and says the loss on other rows', async () => {
  expect(multiLabelClassification().create(context).fit).toBeUndefined();
  const data = Float32Array.from({ length: 30 * 4 }, (_, at) => Math.sin(100 + at * 1.7));
  const has = Array.from({ length: 30 }, (_, row) =>
    [data[row * 4]! > 0, data[row * 4 + 1]! > -0.5, false].map(Number),
  );
  const seen = { labels: { data: Float32Array.from(has.flat()), shape: [30, 3] } };
  const { params, loss, standardError } = await head.fit!({ data, shape: [30, 4] }, seen, { seed: 1 });
  const own = Object.entries(params).map(([name, value]) => [
    name,
    tensor(value.data as Float32Array, [...value.shape]),
  ]);
  const outputs = head.forward(Object.fromEntries(own) as Params, tensor(data, [30, 4]));
  const values = await read(outputs);
  const right = has.flat().filter((label, at) => label === Number(values[at]! > 0)).length;
  expect(right).toBeGreaterThan(85);
  const [trained] = await read(head.loss(outputs, seen));
  expect(trained).toBeLessThan(0.2);
  // Of the two labels that some rows have and others have not.
  expect(loss!).toBeGreaterThan(1.5 * trained!);
  expect(loss!).toBeLessThan(Math.log(2));
  expect(standardError!).toBeGreaterThan(0);
  const weighed = await head.fit!({ data, shape: [30, 4] }, seen, {
    seed: 1,
    weights: { row: has.map(([a]) => 1 + 50 * a!) },
  });
  expect(weighed.params['out.bias']!.data[0]!).toBeGreaterThan(params['out.bias']!.data[0]! + 0.5);
});

it('has the shared options under its own name, and says which package it is', () => {
  expect(() => multiLabelClassification.plugin.options({ layers: 3 })).toThrow('multi-label-classification.layers');
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { packageName: name, packageVersion: version } = multiLabelClassification.plugin;
  expect(manifest).toMatchObject({ name, version });
});

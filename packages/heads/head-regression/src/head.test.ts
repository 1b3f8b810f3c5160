import { readFileSync } from 'node:fs';
import type { Params } from '@adapterfusion/contracts';
import { gradients, openBackend, parameter, parameterRandom, read, setTrainable, tensor } from '@adapterfusion/tensor';
import { beforeAll, expect, it } from 'vitest';
import { regression } from './index.js';

const shape = { hidden: 4, labels: 0, dropout: 0.25 };

const numbers = (...values: number[]) => ({ numbers: { data: Float32Array.from(values), shape: [values.length] } });

beforeAll(async () => {
  await openBackend('cpu');
});

it('gives every row one number', async () => {
  const head = regression({ layers: 1 }).create(shape);
  const params = head.init(parameterRandom(1, 'head'));
  const weight = await read(params['out.weight']!);
  const logits = head.forward(params, tensor([1, 2, 3, 4, 0, 0, 0, 1], [2, 4]));
  expect(logits.shape).toEqual([2, 1]);
  const [first, second] = await read(logits);
  expect(first).toBeCloseTo(weight[0]! + 2 * weight[1]! + 3 * weight[2]! + 4 * weight[3]!, 6);
  expect(second).toBeCloseTo(weight[3]!, 6);
});

it('loses the mean square of what it is off by', async () => {
  const head = regression().create(shape);
  const logits = parameter(Float32Array.of(1, 2, 5), [3, 1]);
  setTrainable(logits, true);
  const { value, gradients: found } = gradients(
    () => head.loss(logits, numbers(1.5, 0, 4.5)),
    new Map([['logits', logits]]),
  );
  expect((await read(value))[0]).toBeCloseTo((0.25 + 4 + 0.25) / 3, 6);
  const expected = [-0.5, 2, 0.5].map((off) => (2 * off) / 3);
  (await read(found.get('logits')!)).forEach((each, row) => expect(each).toBeCloseTo(expected[row]!, 6));
});

it('weighs rows', async () => {
  const head = regression().create(shape);
  const loss = head.loss(tensor([1, 2], [2, 1]), numbers(0, 4), { row: [3, 1] });
  expect((await read(loss))[0]).toBeCloseTo((3 * 1 + 1 * 4) / 4, 6);
});

it('with centre and scale answers in the unit of the rows, and loses in that of the deviation', async () => {
  const plain = regression({ layers: 1 }).create(shape);
  const head = regression({ layers: 1, centre: 100, scale: 20 }).create(shape);
  const params = plain.init(parameterRandom(1, 'head'));
  const pooled = tensor([1, 2, 3, 4], [1, 4]);
  const [own] = await read(plain.forward(params, pooled));
  const logits = head.forward(params, pooled);
  expect((await read(logits))[0]).toBeCloseTo(100 + 20 * own!, 4);
  expect((await read(head.loss(logits, numbers(100))))[0]).toBeCloseTo(own! ** 2, 6);
  for (const scale of [0, -1, Infinity]) expect(() => regression.plugin.options({ scale })).toThrow('regression.scale');
});

it('is fitted in closed form, in the unit of the deviation, and says the loss on other rows', async () => {
  expect(regression().create(shape).fit).toBeUndefined();
  const head = regression({ layers: 1, centre: 100, scale: 20 }).create(shape);
  const data = Float32Array.from({ length: 30 * 4 }, (_, at) => Math.sin(100 + at * 1.7));
  const wanted = Array.from(
    { length: 30 },
    (_, row) => 90 + 40 * data[row * 4]! - 8 * data[row * 4 + 2]! + Math.sin(row ** 2),
  );
  const { params, loss, standardError } = await head.fit!({ data, shape: [30, 4] }, numbers(...wanted), { seed: 1 });
  const own = Object.entries(params).map(([name, value]) => [
    name,
    tensor(value.data as Float32Array, [...value.shape]),
  ]);
  const outputs = head.forward(Object.fromEntries(own) as Params, tensor(data, [30, 4]));
  expect((await read(outputs))[3]).toBeCloseTo(wanted[3]!, -0.5);
  const [trained] = await read(head.loss(outputs, numbers(...wanted)));
  expect(loss!).toBeGreaterThan(trained!);
  expect(loss!).toBeLessThan(4 * (1 / 20) ** 2);
  expect(standardError!).toBeGreaterThan(0);
});

it('has the shared options under its own name', () => {
  expect(() => regression.plugin.options({ layers: 3 })).toThrow('regression.layers');
  expect(regression({ pooling: 'mean' }).toJSON()).toMatchObject({
    plugin: '@adapterfusion/head-regression#regression',
    options: { layers: 2, pooling: 'mean' },
  });
});

it('names the package and its version', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  expect(manifest).toMatchObject({ name: regression.plugin.packageName, version: regression.plugin.packageVersion });
});

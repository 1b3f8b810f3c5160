import { readFileSync } from 'node:fs';
import type { Params, TrainMode } from '@adapterfusion/contracts';
import {
  dropoutMask,
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
import { classification, type ClassificationOptions } from './index.js';

const shape = { hidden: 4, labels: 3, dropout: 0.25 };
const values = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.fround(Math.sin(seed * 100 + i * 1.7)));
const hidden = values(2 * 3 * 4, 1);
const mask = [1, 1, 1, 1, 1, 0];
const input = () => ({ hidden: tensor(hidden, [2, 3, 4]), mask: tensor(mask, [2, 3]) });
const pooled = values(2 * 4, 2);
const train: TrainMode = { key: { seed: 1, step: 2, microBatch: 3 } };

const project = (x: number[], weight: number[], bias: number[] | undefined, width: number, out: number): number[] =>
  Array.from({ length: (x.length / width) * out }, (_, i) => {
    const [row, column] = [Math.floor(i / out), i % out];
    let total = bias?.[column] ?? 0;
    for (let j = 0; j < width; j++) total += x[row * width + j]! * weight[column * width + j]!;
    return total;
  });

/** Logits in double precision; `masks` multiply what enters the two layers. */
function oracle(options: ClassificationOptions, p: Record<string, number[]>, masks: number[][] = []): number[] {
  const dropped = (x: number[], which: number): number[] => x.map((value, i) => value * (masks[which]?.[i] ?? 1));
  const last = (x: number[]): number[] => project(x, p['out.weight']!, p['out.bias'], 4, 3);
  if (options.layers === 1) return last(dropped(pooled, 0));
  const inner = project(dropped(pooled, 0), p['dense.weight']!, p['dense.bias'], 4, 4);
  return last(dropped(inner.map(options.activation === 'relu' ? (x) => Math.max(0, x) : Math.tanh), 1));
}

function parametersOf(options: ReturnType<typeof classification>): { params: Params; plain: Record<string, number[]> } {
  const initial = options.create(shape).init(parameterRandom(1, 'head'));
  const plain = Object.fromEntries(Object.entries(initial).map(([name, { size }], i) => [name, values(size, 10 + i)]));
  const params = Object.entries(plain).map(([name, of]) => [
    name,
    parameter(Float32Array.from(of), initial[name]!.shape),
  ]);
  return { params: Object.fromEntries(params) as Params, plain };
}

const softmax = (logits: readonly number[]): number[] => {
  const powers = logits.map(Math.exp);
  return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
};

const near = (actual: ArrayLike<number>, expected: readonly number[], digits = 5): void => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, digits));
};

beforeAll(async () => {
  await openBackend('cpu');
});

describe('parameters', () => {
  const shapes = (options?: Partial<ClassificationOptions>) =>
    Object.fromEntries(
      Object.entries(classification(options).create(shape).init(parameterRandom(1, 'head'))).map(([k, v]) => [
        k,
        v.shape,
      ]),
    );

  it('have the shapes of the options', () => {
    expect(shapes()).toEqual({ 'dense.weight': [4, 4], 'dense.bias': [4], 'out.weight': [3, 4], 'out.bias': [3] });
    expect(shapes({ layers: 1, bias: false })).toEqual({ 'out.weight': [3, 4] });
    expect(shapes({ bias: false })).toEqual({ 'dense.weight': [4, 4], 'dense.bias': [4], 'out.weight': [3, 4] });
  });

  it('start normal with deviation 0.02 and zero biases', async () => {
    const params = classification()
      .create({ ...shape, hidden: 64, labels: 64 })
      .init(parameterRandom(1, 'head'));
    for (const name of ['dense.weight', 'out.weight']) {
      const all = [...(await read(params[name]!))];
      expect(Math.sqrt(all.reduce((sum, value) => sum + value * value, 0) / all.length)).toBeCloseTo(0.02, 3);
    }
    expect(await read(params['dense.bias']!)).toEqual(new Float32Array(64));
    expect(await read(params['out.bias']!)).toEqual(new Float32Array(64));
  });
});

describe('pooling', () => {
  it('cls takes the first token', async () => {
    near(await read(classification().create(shape).pool!(input())), [...hidden.slice(0, 4), ...hidden.slice(12, 16)]);
  });

  it('mean takes the tokens that are not padding', async () => {
    const expected = [0, 1].flatMap((row) =>
      [0, 1, 2, 3].map((j) => {
        const times = row === 0 ? [0, 1, 2] : [0, 1];
        return times.reduce((sum, t) => sum + hidden[row * 12 + t * 4 + j]!, 0) / times.length;
      }),
    );
    near(await read(classification({ pooling: 'mean' }).create(shape).pool!(input())), expected);
  });

  it('pooler takes what the backbone pooled, and refuses one that pools nothing', () => {
    const head = classification({ pooling: 'pooler' }).create(shape);
    const value = tensor(pooled, [2, 4]);
    expect(head.pool!({ ...input(), pooled: () => value })).toBe(value);
    expect(() => head.pool!(input())).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
  });
});

describe.each<Partial<ClassificationOptions>>([
  {},
  { layers: 1 },
  { bias: false },
  { activation: 'ReLU' },
  { dropout: 0.5 },
  { layers: 1, dropout: 0.5 },
])('logits with %j', (given) => {
  const configured = classification(given);
  const head = configured.create(shape);

  it('are those of the formulas, without dropout in evaluation', async () => {
    const { params, plain } = parametersOf(configured);
    near(await read(head.forward(params, tensor(pooled, [2, 4]))), oracle(configured.options, plain));
  });

  it('drop what enters each layer while training, at the own probability or the backbone’s', async () => {
    const { params, plain } = parametersOf(configured);
    const p = given.dropout ?? 0.25;
    const masks = ['head/input', 'head/inner'].map((path) => read(dropoutMask([2, 4], p, train, path)));
    const drawn = (await Promise.all(masks)).map((drawn) => [...drawn]);
    near(await read(head.forward(params, tensor(pooled, [2, 4]), train)), oracle(configured.options, plain, drawn));
  });

  it('have the gradients of the formulas', async () => {
    const { params, plain } = parametersOf(configured);
    for (const value of Object.values(params)) setTrainable(value, true);
    const x = tensor(pooled, [2, 4]);
    const labels = [2, 0];
    const targets = { labels: { data: Int32Array.from(labels), shape: [2] } };
    const { value, gradients: found } = gradients(
      () => head.loss(head.forward(params, x), targets, { class: [1, 2, 3] }),
      new Map(Object.entries(params)),
    );
    const loss = (p: Record<string, number[]>): number => {
      const logits = oracle(configured.options, p);
      const part = (row: number): number => {
        const scores = softmax(logits.slice(row * 3, row * 3 + 3));
        return -[1, 2, 3][labels[row]!]! * Math.log(scores[labels[row]!]!);
      };
      return (part(0) + part(1)) / (3 + 1);
    };
    near(await read(value), [loss(plain)]);
    for (const [name, at] of Object.entries(plain)) {
      const expected = at.map((centre, i) => {
        const moved = (by: number): number => loss({ ...plain, [name]: at.with(i, centre + by) });
        return (moved(1e-5) - moved(-1e-5)) / 2e-5;
      });
      near(await read(found.get(name)!), expected, 4);
    }
  });

  it('leave no tensors behind', () => {
    const { params } = parametersOf(configured);
    const x = tensor(pooled, [2, 4]);
    const before = tensorCount();
    scope(() => head.forward(params, x, train)).dispose();
    expect(tensorCount()).toBe(before);
  });
});

describe('the closed form', () => {
  const features = { data: Float32Array.from(values(24 * 4, 3)), shape: [24, 4] };
  const labels = Array.from({ length: 24 }, (_, row) => (features.data[row * 4]! > 0 ? 2 : row % 2));
  const targets = { labels: { data: Int32Array.from(labels), shape: [24] } };
  const head = classification({ layers: 1, dropout: 0 }).create(shape);
  const lossOf = async (
    params: Readonly<Record<string, { data: Float32Array | Int32Array; shape: readonly number[] }>>,
  ) => {
    const own = Object.entries(params).map(([name, { data, shape: size }]) => [
      name,
      tensor(data as Float32Array, [...size]),
    ]);
    const logits = head.forward(Object.fromEntries(own) as Params, tensor(features.data, [24, 4]));
    return (await read(head.loss(logits, targets)))[0]!;
  };

  it('is there with one layer and a bias', () => {
    expect(classification().create(shape).fit).toBeUndefined();
    expect(classification({ layers: 1, bias: false }).create(shape).fit).toBeUndefined();
  });

  it('lowers the loss, and says what it is on other rows', async () => {
    const { params, loss, standardError } = await head.fit!(features, targets, { seed: 1 });
    expect(Object.keys(params)).toEqual(['out.weight', 'out.bias']);
    const own = await lossOf(params);
    expect(own).toBeLessThan(0.8 * Math.log(3));
    expect(loss!).toBeGreaterThan(own);
    expect(standardError!).toBeGreaterThan(0);
    expect(await head.fit!(features, targets, { seed: 1 })).toEqual({ params, loss, standardError });
  });

  it('weighs classes, and begins at related heads where they help', async () => {
    const [plain, weighed] = [
      await head.fit!(features, targets, { seed: 1 }),
      await head.fit!(features, targets, { seed: 1, weights: { class: [50, 1, 1] } }),
    ];
    const bias = (fit: typeof plain): number => fit.params['out.bias']!.data[0]!;
    expect(bias(weighed)).toBeGreaterThan(bias(plain) + 0.5);
    const few = { data: features.data.subarray(0, 12 * 4), shape: [12, 4] };
    const fewTargets = { labels: { data: targets.labels.data.subarray(0, 12), shape: [12] } };
    const near = await head.fit!(few, fewTargets, { seed: 1, prior: plain.params });
    const alone = await head.fit!(few, fewTargets, { seed: 1 });
    expect(await lossOf(near.params)).toBeLessThan(await lossOf(alone.params));
  });
});

describe('options', () => {
  it('have defaults', () => {
    expect(classification().options).toEqual({
      layers: 2,
      activation: 'tanh',
      bias: true,
      dropout: null,
      pooling: 'cls',
    });
  });

  it.each([
    [{ layers: 3 }, 'classification.layers'],
    [{ activation: 'tan' }, 'Did you mean "tanh"?'],
    [{ dropout: 1 }, 'classification.dropout'],
    [{ pooling: 'max' }, 'classification.pooling'],
    [{ poolng: 'cls' }, 'Did you mean "pooling"?'],
  ])('refuse %j', (given, words) => {
    expect(() => classification.plugin.options(given)).toThrow(words);
    expect(() => classification.plugin.options(given)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
  });

  it('name the package and its version', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(classification.plugin).toMatchObject({ packageName: manifest['name'], packageVersion: manifest['version'] });
  });
});

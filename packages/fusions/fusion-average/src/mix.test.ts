import { readFileSync } from 'node:fs';
import type { Child, MixContext, Site, Tensor } from '@adapterfusion/contracts';
import {
  gradients,
  linear,
  mul,
  openBackend,
  parameter,
  parameterRandom,
  read,
  scope,
  setTrainable,
  sum,
  tensor,
  tensorCount,
} from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { average } from './index.js';

const [batch, time, width] = [2, 3, 4];
const shape = [batch, time, width];
const site: Site = {
  name: '0/output_adapter',
  role: 'sublayer',
  layer: 0,
  location: 'output_adapter',
  inDim: 4,
  outDim: 4,
};
const values = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.fround(Math.sin(seed * 100 + i * 1.7)));
const size = batch * time * width;
const residual = values(size, 1);
const input = values(size, 2);
const given = [values(size, 3), values(size, 4)];
const factors = {
  down: values(2 * 4, 5),
  downBias: values(2, 6),
  up: values(4 * 2, 7),
  upBias: values(4, 8),
  scale: values(4, 9),
};
const fusion = average().create({ attentionDropout: 0.1 });

/** What the low-rank child contributes, in double precision. */
const lowRankDelta = Array.from({ length: size }, (_, i) => {
  const [row, out] = [Math.floor(i / width), i % width];
  let total = factors.upBias[out]!;
  for (let b = 0; b < 2; b++) {
    let inner = factors.downBias[b]!;
    for (let j = 0; j < width; j++) inner += input[row * width + j]! * factors.down[b * width + j]!;
    total += factors.up[out * 2 + b]! * Math.max(0, inner);
  }
  return total * factors.scale[out]!;
});
const deltas = [given[0]!, given[1]!, lowRankDelta, residual.map(() => 0)];

function children(): Child[] {
  const never = (): Tensor => {
    throw new Error('delta() was called');
  };
  const lowRank = {
    input: tensor(input, shape),
    down: tensor(factors.down, [2, 4]),
    downBias: tensor(factors.downBias, [2]),
    activation: 'relu',
    up: tensor(factors.up, [4, 2]),
    upBias: tensor(factors.upBias, [4]),
    scale: tensor(factors.scale, [4]),
  };
  return [
    { name: 'a', delta: () => tensor(given[0]!, shape) },
    { name: 'b', delta: () => tensor(given[1]!, shape) },
    { name: 'c', delta: never, lowRank },
    { name: 'none', delta: never, zero: true },
  ];
}

const context = (childMask?: Tensor): MixContext => ({
  site,
  scopeName: 'fusions/f/0/output_adapter',
  residual: tensor(residual, shape),
  mask: undefined as unknown as Tensor,
  ...(childMask ? { childMask } : {}),
});
const nothing = (): { beforeNorm: Tensor; afterNorm: Tensor } => ({
  beforeNorm: tensor(input, shape),
  afterNorm: tensor(input, shape),
});

/** Weights by row and child, and what they give. */
const expected = (weights: number[][]): { mixed: number[]; weights: number[] } => ({
  mixed: residual.map((value, i) => {
    const row = Math.floor(i / (time * width));
    return weights[row]!.reduce((total, weight, child) => total + weight * deltas[child]![i]!, value);
  }),
  weights: weights.flatMap((row) => Array.from({ length: time }, () => row).flat()),
});

const near = (actual: ArrayLike<number>, wanted: readonly number[], digits = 6): void => {
  expect(actual.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, digits));
};

beforeAll(async () => {
  await openBackend('cpu');
});

describe('average', () => {
  it.each([
    [
      'no mask',
      undefined,
      undefined,
      [
        [0.25, 0.25, 0.25, 0.25],
        [0.25, 0.25, 0.25, 0.25],
      ],
    ],
    [
      'one mask for all rows',
      [1, 0, 1, 0],
      [4],
      [
        [0.5, 0, 0.5, 0],
        [0.5, 0, 0.5, 0],
      ],
    ],
    [
      'a mask a row',
      [1, 0, 0, 1, 0, 1, 1, 1],
      [2, 1, 4],
      [
        [0.5, 0, 0, 0.5],
        [0, 1 / 3, 1 / 3, 1 / 3],
      ],
    ],
  ])('gives equal weights with %s', async (_, mask, maskShape, weights) => {
    const childMask = mask && tensor(mask, maskShape);
    const out = fusion.mix({}, nothing(), children(), context(childMask));
    const wanted = expected(weights);
    expect(out.mixed.shape).toEqual(shape);
    expect(out.weights.shape).toEqual([batch, time, 4]);
    near(await read(out.mixed), wanted.mixed);
    near(await read(out.weights), wanted.weights);
  });

  it('of one child gives that child, of none alone the residual as a tensor of its own', async () => {
    const [a, , , none] = children();
    const ctx = context();
    near(
      await read(fusion.mix({}, nothing(), [a!], ctx).mixed),
      residual.map((value, i) => value + given[0]![i]!),
    );
    const alone = fusion.mix({}, nothing(), [none!], ctx).mixed;
    near(await read(alone), residual);
    alone.dispose();
    near(await read(ctx.residual), residual);
  });

  it('lets gradients through to the children, an equal share each', async () => {
    const weight = parameter(Float32Array.from(values(16, 10)), [4, 4]);
    setTrainable(weight, true);
    const x = tensor(input, shape);
    const by = tensor(values(size, 11), shape);
    const loss = (mixed: () => Tensor) => gradients(() => sum(mul(mixed(), by)), new Map([['weight', weight]]));
    const trained: Child = { name: 't', delta: () => linear(x, weight) };
    const shared = loss(() => fusion.mix({}, nothing(), [trained, ...children()], context()).mixed);
    const alone = loss(() => linear(x, weight));
    const full = await read(alone.gradients.get('weight')!);
    near(
      await read(shared.gradients.get('weight')!),
      [...full].map((value) => value / 5),
    );
  });

  it('leaves no tensors behind', () => {
    const [parts, ctx, query] = [children(), context(tensor([1, 1, 1, 0], [4])), nothing()];
    const before = tensorCount();
    const out = scope(() => fusion.mix({}, query, parts, ctx));
    expect(tensorCount()).toBe(before + 2);
    out.mixed.dispose();
    out.weights.dispose();
  });

  it('learns nothing; its only option is the strength', () => {
    expect(fusion.init(site, 4, parameterRandom(1, 'f'))).toEqual({});
    expect(average().toJSON()).toEqual({ plugin: '@adapterfusion/fusion-average#average', options: { strength: 1 } });
    expect(() => average.plugin.options({ weights: [1] })).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID' }),
    );
    expect(average.plugin.supports).toEqual({ minChildren: 1, trainable: false });
  });

  it('carries the version of the package', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(average.plugin).toMatchObject({ packageName: manifest['name'], packageVersion: manifest['version'] });
  });
});

it('a strength weakens the mixture towards the residual, at any mask; the weights stay shares', async () => {
  const weak = average({ strength: 0.25 }).create({ attentionDropout: 0.1 });
  const mask = tensor([1, 0, 1, 1], [4]);
  for (const childMask of [undefined, mask]) {
    const query = { beforeNorm: tensor(residual, shape), afterNorm: tensor(residual, shape) };
    const [full, part] = [fusion, weak].map((each) => each.mix({}, query, children(), context(childMask)));
    const [whole, weakened] = [await read(full!.mixed), await read(part!.mixed)];
    weakened.forEach((value, at) => expect(value).toBeCloseTo(residual[at]! + (whole[at]! - residual[at]!) / 4, 5));
    expect(await read(part!.weights)).toEqual(await read(full!.weights));
  }
  const weights = weak.linearWeights!({}, site, [0, 2]);
  expect([...(await read(weights))]).toEqual([0.125, 0.125]);
  expect(() => average({ strength: 1.5 })).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
});

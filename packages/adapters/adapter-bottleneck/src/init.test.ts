import type { Params, Site } from '@adapterfusion/contracts';
import { openBackend, parameterRandom, read } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { bottleneck, doubleSeqBn, parBn, seqBn } from './index.js';

const width = 64;
const at = (layer: number, outDim = width): Site => ({
  name: `${layer}/output_adapter`,
  role: 'sublayer',
  layer,
  location: 'output_adapter',
  inDim: outDim,
  outDim,
});
const backbone = { hidden: width, layers: 3 };
const random = (site: Site, seed = 1) => parameterRandom(seed, site.name);
const shapes = (params: Params): Record<string, number[]> =>
  Object.fromEntries(Object.entries(params).map(([name, { shape }]) => [name, shape]));
const all = async (params: Params, name: string): Promise<number[]> => [...(await read(params[name]!))];
const deviation = (values: number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

beforeAll(async () => {
  await openBackend('cpu');
});

describe('shapes', () => {
  it('are those of the options', () => {
    const every = { use_gating: true, ln_before: true, ln_after: true, scaling: 'channel' } as const;
    const adapter = doubleSeqBn({ reduction_factor: 4, ...every }).create(backbone);
    expect(shapes(adapter.init(at(0), random(at(0))))).toEqual({
      'down.weight': [16, 64],
      'down.bias': [16],
      'up.weight': [64, 16],
      'up.bias': [64],
      'gate.weight': [1, 64],
      'gate.bias': [1],
      'norm_before.weight': [64],
      'norm_before.bias': [64],
      'norm_after.weight': [64],
      'norm_after.bias': [64],
      scaling: [64],
    });
    expect(
      shapes(
        seqBn({ scaling: 'learned' })
          .create(backbone)
          .init(at(0), random(at(0))),
      )['scaling'],
    ).toEqual([1]);
  });

  it.each([
    [16, 768, 48],
    [5, 32, 6],
    [100, 64, 1],
    [0.5, 32, 64],
    [0.1, 32, 319],
    [{ '1': 4, default: 16 }, 64, 16],
  ])('reduction factor %j of %i gives a bottleneck of %i', (reduction_factor, outDim, size) => {
    const adapter = seqBn({ reduction_factor }).create({ hidden: outDim, layers: 3 });
    expect(adapter.init(at(1, outDim), random(at(1)))['down.bias']!.shape).toEqual([size]);
  });

  it('follow the default factor in layers that are not named', () => {
    const adapter = seqBn({ reduction_factor: { '1': 4, default: 16 } }).create(backbone);
    expect(adapter.init(at(0), random(at(0)))['down.bias']!.shape).toEqual([4]);
  });
});

describe('initial values', () => {
  it('bert: normal of deviation 0.02, zero biases', async () => {
    const params = seqBn({ reduction_factor: 1, use_gating: true })
      .create(backbone)
      .init(at(0), random(at(0)));
    for (const name of ['down.weight', 'up.weight']) {
      const values = await all(params, name);
      expect(deviation(values)).toBeCloseTo(0.02, 3);
      expect(Math.max(...values)).toBeGreaterThan(0.05);
    }
    expect(deviation(await all(params, 'gate.weight'))).toBeLessThan(0.03);
    for (const name of ['down.bias', 'up.bias', 'gate.bias'])
      expect((await all(params, name)).every((value) => value === 0)).toBe(true);
  });

  it('mam_adapter: uniform within 1/√width down, zero up', async () => {
    const params = parBn({ reduction_factor: 1 })
      .create(backbone)
      .init(at(0), random(at(0)));
    const down = await all(params, 'down.weight');
    const bound = 1 / Math.sqrt(width);
    expect(Math.max(...down.map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(deviation(down)).toBeCloseTo(bound / Math.sqrt(3), 2);
    for (const name of ['up.weight', 'down.bias', 'up.bias'])
      expect((await all(params, name)).every((value) => value === 0)).toBe(true);
  });

  it('houlsby: normal of deviation 0.01 cut off at 0.02', async () => {
    const params = seqBn({ reduction_factor: 1, init_weights: 'houlsby' })
      .create(backbone)
      .init(at(0), random(at(0)));
    for (const name of ['down.weight', 'up.weight']) {
      const values = await all(params, name);
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.02));
      expect(deviation(values)).toBeCloseTo(0.0088, 3);
    }
  });

  it('norms start as the identity and learned scales as 1', async () => {
    const params = seqBn({ ln_before: true, ln_after: true, scaling: 'channel' })
      .create(backbone)
      .init(at(0), random(at(0)));
    for (const name of ['norm_before.weight', 'norm_after.weight', 'scaling'])
      expect((await all(params, name)).every((value) => value === 1)).toBe(true);
    for (const name of ['norm_before.bias', 'norm_after.bias'])
      expect((await all(params, name)).every((value) => value === 0)).toBe(true);
  });

  it('are a function of the source', async () => {
    const adapter = seqBn().create(backbone);
    const one = await all(adapter.init(at(0), random(at(0))), 'up.weight');
    expect(await all(adapter.init(at(0), random(at(0))), 'up.weight')).toEqual(one);
    expect(await all(adapter.init(at(1), random(at(1))), 'up.weight')).not.toEqual(one);
    expect(await all(adapter.init(at(0), random(at(0), 2)), 'up.weight')).not.toEqual(one);
  });

  it('are the same in every layer with init_weights_seed, whatever the source', async () => {
    const adapter = seqBn({ init_weights_seed: 7 }).create(backbone);
    const first = adapter.init(at(0), random(at(0)));
    const second = adapter.init(at(1), random(at(1), 5));
    for (const name of Object.keys(first)) expect(await all(second, name)).toEqual(await all(first, name));
    const other = seqBn({ init_weights_seed: 8 })
      .create(backbone)
      .init(at(0), random(at(0)));
    expect(await all(other, 'down.weight')).not.toEqual(await all(first, 'down.weight'));
    expect(await all(first, 'up.weight')).not.toEqual(await all(first, 'down.weight'));
  });
});

describe('bottleneck', () => {
  it('starts with one unit where the factor exceeds the width', () => {
    const options = { mh_adapter: false, output_adapter: true, reduction_factor: 1e6, non_linearity: 'relu' } as const;
    expect(
      bottleneck(options)
        .create(backbone)
        .init(at(0), random(at(0)))['down.bias']!.shape,
    ).toEqual([1]);
  });
});

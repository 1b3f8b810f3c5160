import { readFileSync } from 'node:fs';
import type { Site } from '@adapterfusion/contracts';
import {
  dispose,
  fill,
  gradients,
  openBackend,
  parameter,
  parameterRandom,
  read,
  setTrainable,
  tensorCount,
} from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { scaling } from './index.js';
import { site, width } from './world.fixture.js';

beforeAll(() => openBackend('cpu'));

const create = (options: Parameters<typeof scaling>[0]) => scaling(options).create({ attentionDropout: 0.1 });
const start = async (options: Parameters<typeof scaling>[0], children: number, at: Site = site) => {
  const before = tensorCount();
  const { weights } = create(options).init(at, children, parameterRandom(1, at.name));
  const values = await read(weights!);
  const shape = [...weights!.shape];
  dispose([weights!]);
  expect(tensorCount(), 'tensors left behind').toBe(before);
  return { shape, values };
};

describe('initial weights', () => {
  it.each([
    ['number', [3, 1]],
    ['vector', [3, width]],
  ] as const)('of a %s per adapter are exactly 1 / N', async (per, shape) => {
    const made = await start({ per }, 3);
    expect(made.shape).toEqual(shape);
    expect(new Set(made.values)).toEqual(new Set([Math.fround(1 / 3)]));
  });

  it('of the paper are normal with mean 2 / N and standard deviation 0.001', async () => {
    const { values } = await start({ initial: 'paper' }, 4, { ...site, outDim: 4000 });
    const mean = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
    expect(mean).toBeCloseTo(0.5, 4);
    expect(deviation).toBeGreaterThan(0.00095);
    expect(deviation).toBeLessThan(0.00105);
  });
});

describe('the penalty', () => {
  it('is ridge · Σ_n mean_h (w_nh − 1/N)², with its gradient', async () => {
    const weights = parameter(Float32Array.from([0.5, 1, 0, 2]), [2, 2]);
    setTrainable(weights, true);
    const { penalty } = create({ ridge: 0.1 });
    const found = gradients(() => penalty!({ weights }), new Map([['weights', weights]]));
    expect((await read(found.value))[0]).toBeCloseTo((0.1 * (0 + 0.25 + 0.25 + 2.25)) / 2, 6);
    const gradient = await read(found.gradients.get('weights')!);
    [0, 0.05, -0.05, 0.15].forEach((value, at) => expect(gradient[at]).toBeCloseTo(value, 6));
    dispose([weights, found.value, ...found.gradients.values()]);
  });

  it('is 0 at the average, and absent for ridge 0', async () => {
    const weights = fill([4, 1], 0.25);
    const value = create({}).penalty!({ weights });
    expect((await read(value))[0]).toBe(0);
    expect(create({ ridge: 0 }).penalty).toBeUndefined();
    dispose([weights, value]);
  });
});

describe('linearWeights', () => {
  it('returns the weights of the children at a site, rescaled to those that are there', async () => {
    const weights = parameter(Float32Array.from([1, 2, 4, 8, 3, 6]), [3, 2]);
    const all = create({}).linearWeights!({ weights }, site, [0, 1, 2]);
    const some = create({}).linearWeights!({ weights }, site, [2, 0]);
    expect(await read(all)).toEqual(Float32Array.from([1, 2, 4, 8, 3, 6]));
    expect(await read(some)).toEqual(Float32Array.from([4.5, 9, 1.5, 3]));
    dispose([weights, all, some]);
  });
});

describe('the plugin', () => {
  it('has the defaults that its README lists', () => {
    expect(scaling().options).toEqual({
      ...{ per: 'vector', shared: 'site', initial: 'average', ridge: 0.01, dropout: 0 },
    });
    expect(scaling.plugin.supports).toEqual({ minChildren: 1, trainable: true, weights: 'free' });
  });

  it('shares weights between sites, vectors of one width only', () => {
    const sites = [site, { ...site, name: '1/output_adapter', layer: 1 }];
    const shared = (options: Parameters<typeof scaling>[0], places = sites) => {
      const params = create(options).initShared!({ scope: 'model', sites: places }, 2, parameterRandom(1, 'f'));
      const shapes = Object.values(params).map(({ shape }) => [...shape]);
      dispose(Object.values(params));
      return shapes;
    };
    expect(create({}).initShared).toBeUndefined();
    expect(create({ shared: 'model' }).init(site, 2, parameterRandom(1, 'f'))).toEqual({});
    expect(shared({ shared: 'model' })).toEqual([[2, width]]);
    expect(shared({ shared: 'layer' })).toEqual([]);
    const wide = [site, { ...site, name: '0/intermediate', outDim: 2 * width }];
    expect(shared({ shared: 'model', per: 'number' }, wide)).toEqual([[2, 1]]);
    expect(() => shared({ shared: 'model' }, wide)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
  });

  it.each([[{ per: 'layer' }], [{ initial: 'zero' }], [{ ridge: -1 }], [{ dropout: 1 }], [{ rigde: 0.1 }]])(
    'refuses %j',
    (options) => {
      expect(() => scaling.plugin.options(options)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
    },
  );

  it('carries the version of the package', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
    expect(manifest).toMatchObject({ name: scaling.plugin.packageName, version: scaling.plugin.packageVersion });
  });
});

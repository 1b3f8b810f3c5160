import { readFileSync } from 'node:fs';
import type { Site } from '@adapterfusion/contracts';
import {
  dispose,
  dropoutMask,
  fill,
  openBackend,
  parameterRandom,
  read,
  tensor,
  tensorCount,
} from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { prefixTuning, type PrefixTuningOptions } from './index.js';

const backbone = { hidden: 4, layers: 3 };
const site = (layer: number): Site => ({
  ...{ name: `${layer}/attention`, role: 'attention', layer, location: 'attention', inDim: 4, outDim: 4 },
});
const sites = [0, 1, 2].map(site);
const create = (options: Partial<PrefixTuningOptions> = {}) =>
  prefixTuning({ prefix_length: 2, bottleneck_size: 3, ...options }).create(backbone);
const shared = (options: Partial<PrefixTuningOptions> = {}) =>
  create(options).initShared!({ scope: 'model', sites }, parameterRandom(1, 'p'));
const train = { key: { seed: 1, step: 2, microBatch: 0 } };

beforeAll(() => openBackend('cpu'));

describe('parameters', () => {
  const shapes = (options: Partial<PrefixTuningOptions>) => {
    const params = shared(options);
    const found = Object.fromEntries(Object.entries(params).map(([name, { shape }]) => [name, [...shape]]));
    dispose(Object.values(params));
    return found;
  };

  it('belong to the model, with keys and values of every layer that has a prefix', () => {
    expect(create().init(site(0), parameterRandom(1, 'p'))).toEqual({});
    expect(create().initShared!({ scope: 'layer', layer: 0, sites }, parameterRandom(1, 'p'))).toEqual({});
    expect(shapes({})).toEqual({
      'wte.weight': [2, 4],
      'control_trans.0.weight': [3, 4],
      'control_trans.0.bias': [3],
      'control_trans.2.weight': [24, 3],
      'control_trans.2.bias': [24],
    });
    expect(shapes({ flat: true, leave_out: [1] })).toEqual({ control_trans: [2, 16] });
  });

  it('act at the attention of the layers that are not left out', () => {
    const adapter = create({ leave_out: [1] });
    expect(sites.map((each) => adapter.actsAt(each))).toEqual([true, false, true]);
    expect(adapter.actsAt({ ...site(0), role: 'linear' })).toBe(false);
    expect(() => create({ leave_out: [3] })).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
  });
});

it('a flat prefix is put before the tokens, head by head, and every token attends to it', async () => {
  const params = shared({ flat: true, leave_out: [0] });
  const before = tensorCount();
  const states = (value: number) => fill([1, 2, 3, 2], value);
  const ctx = {
    query: states(1),
    key: states(2),
    value: states(3),
    mask: tensor([1, 1, 0], [1, 3]),
    x: fill([1, 3, 4], 0),
  };
  const around = { ...ctx, site: site(2), scopeName: 'adapters/p/2/attention' };
  const made = create({ flat: true, leave_out: [0] }).attention!(params, around);
  expect(made.query).toBe(ctx.query);
  expect([made.key.shape, made.value.shape, made.mask.shape].map(String)).toEqual(['1,2,5,2', '1,2,5,2', '1,5']);
  expect([...(await read(made.mask))]).toEqual([1, 1, 1, 1, 0]);
  // Of the second layer with a prefix: columns 8 to 11 are keys, 12 to 15 values, two for each head.
  const stored = await read(params['control_trans']!);
  const [keys, values] = [await read(made.key), await read(made.value)];
  for (const head of [0, 1])
    for (const position of [0, 1])
      for (const at of [0, 1]) {
        const place = head * 10 + position * 2 + at;
        expect(keys[place]).toBe(stored[position * 16 + 8 + head * 2 + at]);
        expect(values[place]).toBe(stored[position * 16 + 12 + head * 2 + at]);
      }
  expect([...keys.slice(4, 10)]).toEqual([2, 2, 2, 2, 2, 2]);
  dispose([...Object.values(ctx), made.key, made.value, made.mask]);
  expect(tensorCount()).toBe(before);
  dispose(Object.values(params));
});

it('drops keys and values of each row while it trains', async () => {
  const params = shared({ flat: true });
  const states = (): ReturnType<typeof fill> => fill([2, 2, 1, 2], 1);
  const ctx = { query: states(), key: states(), value: states(), mask: fill([2, 1], 1), x: fill([2, 1, 4], 0) };
  const around = { ...ctx, site: site(0), scopeName: 's' };
  const adapter = create({ flat: true, dropout: 0.5 });
  const [plain, dropped] = [adapter.attention!(params, around), adapter.attention!(params, { ...around, train })];
  const mask = [...(await read(dropoutMask([2, 2, 2, 2], 0.5, train, 's/key')))];
  const [wanted, got] = [await read(plain.key), await read(dropped.key)];
  const prefix = [...wanted.keys()].filter((at) => at % 6 < 4);
  prefix.forEach((at, index) => expect(got[at]).toBeCloseTo(wanted[at]! * mask[index]!, 5));
});

describe('options', () => {
  it('have the defaults that the README lists', () => {
    expect(prefixTuning().options).toMatchObject({
      ...{ prefix_length: 30, flat: false, bottleneck_size: 512, non_linearity: 'tanh', dropout: 0, leave_out: [] },
      cross_prefix: true,
    });
  });

  it.each([
    [{ prefix_length: 0 }, 'OPTIONS_INVALID', 'prefix_tuning.prefix_length'],
    [{ non_linearity: 'tan' }, 'OPTIONS_INVALID', 'prefix_tuning.non_linearity'],
    [{ prefix_lenght: 3 }, 'OPTIONS_INVALID', 'prefix_length'],
    [{ use_gating: true }, 'UNSUPPORTED', 'use_gating'],
    [{ encoder_prefix: false }, 'UNSUPPORTED', 'encoder_prefix'],
  ])('refuse %j', (options, code, words) => {
    expect(() => prefixTuning.plugin.options(options)).toThrow(words);
    expect(() => prefixTuning.plugin.options(options)).toThrow(expect.objectContaining({ code }));
  });

  it('name the package and its version', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
    const { packageName: name, packageVersion: version } = prefixTuning.plugin;
    expect(manifest).toMatchObject({ name, version });
  });
});

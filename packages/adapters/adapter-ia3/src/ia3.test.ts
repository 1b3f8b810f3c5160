import type { Site, SiteContext } from '@adapterfusion/contracts';
import { linear, openBackend, parameterRandom, read, scope, tensor } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { ia3 } from './index.js';

const backbone = { hidden: 4, layers: 2 };
const siteAt = (location: string, layer = 1): Site => ({
  name: `${layer}/${location}`,
  role: 'linear',
  layer,
  location,
  inDim: 4,
  outDim: 3,
});
const wave = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => Math.sin(1.7 * index + seed));
const vector = wave(3, 9);

beforeAll(() => openBackend('cpu'));

describe('(IA)³', () => {
  it('scales the running value by alpha times its vector', async () => {
    const h = wave(6, 1);
    const y = tensor(wave(6, 2), [1, 2, 3]);
    const ctx: SiteContext = {
      site: siteAt('key'),
      scopeName: 'adapters/a/1/key',
      x: tensor(wave(8, 3), [1, 2, 4]),
      y,
      h: tensor(h, [1, 2, 3]),
      normed: () => y,
      mask: tensor([1, 1], [1, 2]),
      batch: 1,
      time: 2,
    };
    const adapter = ia3({ alpha: 2 }).create(backbone);
    const params = { lora_B: tensor(vector, [3, 1]) };
    const out = scope(() => {
      const entered = adapter.prepareInput(params, ctx);
      expect(entered.query).toEqual({ beforeNorm: y, afterNorm: y });
      return adapter.completeSublayer(
        ctx,
        adapter.completeAdapter(params, ctx, entered, adapter.delta(params, entered.input, ctx)),
      );
    });
    (await read(out)).forEach((value, index) => expect(value).toBeCloseTo(h[index]! * 2 * vector[index % 3]!, 5));
  });

  it('is merged into weight and bias: the reference scales the weight alone', async () => {
    const params = { lora_B: tensor(vector, [3, 1]) };
    const [weight, bias, x] = [
      tensor(wave(12, 4), [3, 4]),
      tensor(wave(3, 5), [3]),
      tensor(wave(8, 6), [1, 2, 4]),
    ] as const;
    const merged = ia3().create(backbone).merge!(params, { weight, bias }, siteAt('key'));
    const [got, plain] = [await read(linear(x, merged.weight, merged.bias)), await read(linear(x, weight, bias))];
    got.forEach((value, index) => expect(value).toBeCloseTo(plain[index]! * vector[index % 3]!, 5));
  });

  it('acts where the options say', () => {
    const locations = ['query', 'key', 'value', 'attention_output', 'intermediate', 'output'];
    const sites = [0, 1].flatMap((layer) => locations.map((location) => siteAt(location, layer)));
    const at = (options: Parameters<typeof ia3>[0]): string[] => {
      const adapter = ia3(options).create(backbone);
      return sites.filter((each) => adapter.actsAt(each)).map(({ name }) => name);
    };
    expect(at({ leave_out: [0] })).toEqual(['1/key', '1/value', '1/intermediate']);
    expect(at({ leave_out: [1], attn_matrices: ['q', 'o'], intermediate_lora: false, output_lora: true })).toEqual(
      ['query', 'attention_output', 'output'].map((location) => `0/${location}`),
    );
    expect(() => ia3({ leave_out: [2] }).create(backbone)).toThrow(/layers from 0 to 1/);
  });

  it.each([
    ['ia3', [1, 1, 1]],
    ['lora', [0, 0, 0]],
  ] as const)('starts as %s', async (init_weights, values) => {
    const made = ia3({ init_weights }).create(backbone).init(siteAt('key'), parameterRandom(1, 'x'));
    expect(Object.keys(made)).toEqual(['lora_B']);
    expect(made['lora_B']!.shape).toEqual([3, 1]);
    expect([...(await read(made['lora_B']!))]).toEqual(values);
  });

  it('starts as bert, from a seed for all sites alike', async () => {
    const start = (location: string): Promise<Float32Array> =>
      read(
        ia3({ init_weights: 'bert', init_weights_seed: 4 })
          .create(backbone)
          .init(siteAt(location), parameterRandom(1, location))['lora_B']!,
      );
    expect(await start('key')).toEqual(await start('value'));
    expect(new Set(await start('key')).size).toBe(3);
  });

  it.each([
    [{ scale: 4 }, 'OPTIONS_INVALID', 'Known options'],
    [{ selfattn_lora: false, intermediate_lora: false }, 'OPTIONS_INVALID', 'at least one projection'],
    [{ composition_mode: 'add' }, 'UNSUPPORTED', 'Use the method "lora"'],
    [{ use_gating: true }, 'UNSUPPORTED', '"use_gating" is not implemented'],
    [{ r: 2 }, 'UNSUPPORTED', 'ia3.r'],
  ])('refuses %j', (options, code, message) => {
    const wanted = expect.objectContaining({ code, message: expect.stringContaining(message) }) as Error;
    expect(() => ia3(options as object)).toThrow(wanted);
  });
});

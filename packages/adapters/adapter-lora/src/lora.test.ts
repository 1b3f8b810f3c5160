import type { Params, Site, SiteContext, Tensor, TrainMode } from '@adapterfusion/contracts';
import { dropoutMask, openBackend, parameterRandom, read, scope, tensor } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { lora } from './index.js';

const [batch, time, inDim, outDim] = [2, 3, 4, 6];
const backbone = { hidden: 4, layers: 2 };
const siteAt = (location: string, layer = 1): Site => ({
  name: `${layer}/${location}`,
  role: 'linear',
  layer,
  location,
  inDim,
  outDim,
});
const site = siteAt('query');
const locations = ['query', 'key', 'value', 'attention_output', 'intermediate', 'output'];

const wave = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => Math.sin(1.7 * index + seed));
const [x, y, h] = [
  wave(batch * time * inDim, 1),
  wave(batch * time * outDim, 2),
  wave(batch * time * outDim, 3),
] as const;
const mask = [1, 1, 1, 1, 1, 0];
const A = wave(2 * inDim, 4);
const B = wave(outDim * 2, 5);
const params = (more: Params = {}): Params => ({
  lora_A: tensor(A, [2, inDim]),
  lora_B: tensor(B, [outDim, 2]),
  ...more,
});

/** `scale · B A x` in double precision. */
const update = (input: Float32Array, scale: number): number[] =>
  Array.from({ length: batch * time * outDim }, (_, index) => {
    const [row, out] = [Math.floor(index / outDim), index % outDim];
    let total = 0;
    for (let r = 0; r < 2; r++)
      for (let j = 0; j < inDim; j++) total += B[out * 2 + r]! * A[r * inDim + j]! * input[row * inDim + j]!;
    return scale * total;
  });

function context(train?: TrainMode): SiteContext {
  const made = tensor(y, [batch, time, outDim]);
  return {
    site,
    scopeName: 'adapters/a/1/query',
    x: tensor(x, [batch, time, inDim]),
    y: made,
    h: tensor(h, [batch, time, outDim]),
    normed: () => made,
    mask: tensor(mask, [batch, time]),
    batch,
    time,
    ...(train ? { train } : {}),
  };
}

async function left(options: Parameters<typeof lora>[0], given: Params, ctx: SiteContext): Promise<Float32Array> {
  const adapter = lora(options).create(backbone);
  return read(
    scope(() => {
      const entered = adapter.prepareInput(given, ctx);
      return adapter.completeSublayer(
        ctx,
        adapter.completeAdapter(given, ctx, entered, adapter.delta(given, entered.input, ctx)),
      );
    }),
  );
}

const close = (got: Float32Array, want: readonly number[]): void =>
  want.forEach((value, index) => expect(got[index]).toBeCloseTo(value, 5));

beforeAll(() => openBackend('cpu'));

describe('LoRA', () => {
  it('adds alpha/r · B A x to the running value, not to the frozen output', async () => {
    const want = update(x, 3 / 2).map((value, index) => value + h[index]!);
    close(await left({ r: 2, alpha: 3 }, params(), context()), want);
  });

  it('drops out of what it reads, and only while training', async () => {
    const train: TrainMode = { key: { seed: 3, step: 1, microBatch: 0 } };
    const kept = await read(dropoutMask([batch, time, inDim], 0.5, train, 'adapters/a/1/query/dropout'));
    const want = update(
      x.map((value, index) => value * kept[index]!),
      4,
    ).map((value, index) => value + h[index]!);
    close(await left({ r: 2, dropout: 0.5 }, params(), context(train)), want);
    expect(await left({ r: 2, dropout: 0.5 }, params(), context())).toEqual(await left({ r: 2 }, params(), context()));
  });

  it('with a gate: one number a row, the mean over what is no padding, in the place of the scale', async () => {
    const weight = wave(inDim, 6);
    const gate = { 'gate.weight': tensor(weight, [1, inDim]), 'gate.bias': tensor([0.25], [1]) };
    const open = Array.from({ length: batch * time }, (_, row) => {
      const dot = weight.reduce((sum, value, j) => sum + value * x[row * inDim + j]!, 0.25);
      return 1 / (1 + Math.exp(-dot));
    });
    const rows = [0, 1].map((row) => {
      const mine = [0, 1, 2].map((t) => row * time + t).filter((t) => mask[t] === 1);
      return mine.reduce((sum, t) => sum + open[t]!, 0) / mine.length;
    });
    const want = update(x, 1).map((value, index) => value * rows[Math.floor(index / (time * outDim))]! + h[index]!);
    close(await left({ r: 2, alpha: 7, use_gating: true }, params(gate), context()), want);
    const gated = lora({ r: 2, use_gating: true }).create(backbone);
    const linear = { weight: tensor(wave(24, 7), [outDim, inDim]), bias: tensor(wave(6, 8), [outDim]) };
    expect(() => gated.merge!(params(gate), linear, site)).toThrow(/cannot be merged/);
  });

  it('acts where the options say', () => {
    const sites = [0, 1].flatMap((layer) => locations.map((location) => siteAt(location, layer)));
    const at = (options: Parameters<typeof lora>[0]): string[] => {
      const adapter = lora(options).create(backbone);
      return sites.filter((each) => adapter.actsAt(each)).map(({ name }) => name);
    };
    expect(at({})).toEqual(['0/query', '0/value', '1/query', '1/value']);
    expect(at({ leave_out: [0], attn_matrices: ['k', 'o'], intermediate_lora: true, output_lora: true })).toEqual(
      ['key', 'attention_output', 'intermediate', 'output'].map((location) => `1/${location}`),
    );
    expect(at({ selfattn_lora: false, output_lora: true })).toEqual(['0/output', '1/output']);
    expect(
      lora()
        .create(backbone)
        .actsAt({ ...site, role: 'sublayer' }),
    ).toBe(false);
    expect(() => lora({ leave_out: [2] }).create(backbone)).toThrow(/layers from 0 to 1/);
  });

  it('starts as the options say', async () => {
    const start = async (options: Parameters<typeof lora>[0], at = site): Promise<[Tensor, Float32Array][]> => {
      const made = lora(options).create(backbone).init(at, parameterRandom(1, at.name));
      return Promise.all(Object.values(made).map(async (each) => [each, await read(each)] as [Tensor, Float32Array]));
    };
    const [[a, aValues], [b, bValues]] = (await start({})) as [[Tensor, Float32Array], [Tensor, Float32Array]];
    expect([a.shape, b.shape]).toEqual([
      [8, inDim],
      [outDim, 8],
    ]);
    expect(Math.max(...aValues.map(Math.abs))).toBeLessThan(1 / Math.sqrt(inDim));
    expect(Math.max(...aValues.map(Math.abs))).toBeGreaterThan(0.4);
    expect(new Set(bValues)).toEqual(new Set([0]));
    const bert = await start({ init_weights: 'bert', use_gating: true });
    expect(bert.map(([{ shape }]) => shape)).toEqual([[8, inDim], [outDim, 8], [1, inDim], [1]]);
    expect(Math.max(...bert[1]![1].map(Math.abs))).toBeLessThan(0.1);
    expect((await start({ init_weights: 'ia3' })).flatMap(([, values]) => [...values]).every((v) => v === 1)).toBe(
      true,
    );
    const seeded = { init_weights_seed: 5 };
    expect((await start(seeded))[0]![1]).toEqual((await start(seeded, siteAt('value')))[0]![1]);
    expect((await start({}))[0]![1]).not.toEqual((await start({}, siteAt('value')))[0]![1]);
  });

  it.each([
    [{ rank: 4 }, 'OPTIONS_INVALID', 'Known options: selfattn_lora'],
    [{ r: 0 }, 'OPTIONS_INVALID', 'lora.r'],
    [{ attn_matrices: ['query'] }, 'OPTIONS_INVALID', 'a list of "q", "k", "v", "o"'],
    [{ attn_matrices: [] }, 'OPTIONS_INVALID', 'at least one projection'],
    [{ leave_out: [-1] }, 'OPTIONS_INVALID', 'lora.leave_out'],
    [{ composition_mode: 'scale' }, 'UNSUPPORTED', 'Use the method "ia3"'],
    [{ use_dora: true }, 'UNSUPPORTED', '"use_dora" is not implemented'],
    [{ vera_d: 0.1 }, 'UNSUPPORTED', '"vera_d" is not implemented'],
    [{ dtype: 'float16' }, 'UNSUPPORTED', 'dtype'],
  ])('refuses %j', (options, code, message) => {
    const wanted = expect.objectContaining({ code, message: expect.stringContaining(message) }) as Error;
    expect(() => lora(options as object)).toThrow(wanted);
  });
});

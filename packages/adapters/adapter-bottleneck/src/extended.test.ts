import type { Params, Site, Tensor } from '@adapterfusion/contracts';
import { dispose, openBackend, parameterRandom, read, scope, tensor, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { bottleneck, compacter, compacterPp, doubleSeqBnInv, seqBn, seqBnInv } from './index.js';

const backbone = { hidden: 8, layers: 2 };
const at = (role: Site['role'], location: string, layer: number): Site => ({
  ...{ name: `${layer}/${location}`, role, layer, location, inDim: 8, outDim: 8 },
});
const site = at('sublayer', 'output_adapter', 0);
const embeddings = at('embedding', 'embeddings', -1);
const shapesOf = (params: Params): Record<string, readonly number[]> => {
  const found = Object.fromEntries(Object.entries(params).map(([name, { shape }]) => [name, [...shape]]));
  dispose(Object.values(params));
  return found;
};
const noise = (shape: readonly number[], seed: number): Tensor =>
  tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.3 * i + 0.7 * i * seed + seed)),
    shape,
  );

beforeAll(() => openBackend('cpu'));

describe('compacter', () => {
  const options = { reduction_factor: 2, phm_dim: 2 };
  const shared = (given: object): Params =>
    compacterPp({ ...options, ...given }).create(backbone).initShared!(
      { scope: 'model', sites: [site] },
      parameterRandom(1, 's'),
    );

  it('has small factors at a site, and one rule for all', () => {
    const adapter = compacterPp(options).create(backbone);
    expect(shapesOf(adapter.init(site, parameterRandom(1, 'x')))).toEqual({
      ...{ 'down.W_left': [2, 4, 1], 'down.W_right': [2, 1, 2], 'down.b': [4] },
      ...{ 'up.W_left': [2, 2, 1], 'up.W_right': [2, 1, 4], 'up.b': [8] },
    });
    expect(shapesOf(shared({}))).toEqual({ phm_rule: [2, 2, 2] });
    expect(shapesOf(shared({ shared_W_phm: true, factorized_phm_W: false, factorized_phm_rule: true }))).toEqual({
      ...{ W_down: [2, 4, 2], W_up: [2, 2, 4], phm_rule_left: [2, 2, 1], phm_rule_right: [2, 1, 2] },
    });
    expect(shapesOf(adapter.initShared!({ scope: 'layer', layer: 0, sites: [site] }, parameterRandom(1, 's')))).toEqual(
      {},
    );
    expect(seqBn().create(backbone).initShared).toBeUndefined();
  });

  it('multiplies by the sum of the Kronecker products', async () => {
    const adapter = compacterPp({ ...options, phm_rank: 2, non_linearity: 'linear' }).create(backbone);
    const shapes: Record<string, number[]> = {
      ...{ 'down.W_left': [2, 4, 2], 'down.W_right': [2, 2, 2], 'down.b': [4] },
      ...{ 'up.W_left': [2, 2, 2], 'up.W_right': [2, 2, 4], 'up.b': [8], phm_rule: [2, 2, 2] },
    };
    const params = Object.fromEntries(Object.entries(shapes).map(([name, shape], seed) => [name, noise(shape, seed)]));
    const plain: Record<string, Float32Array> = {};
    for (const [name, value] of Object.entries(params)) plain[name] = await read(value);
    const x = noise([1, 1, 8], 9);
    const dense = (which: 'down' | 'up', rows: number, columns: number): number[][] => {
      const weight = Array.from({ length: 2 * rows }, () => new Array<number>(2 * columns).fill(0));
      for (const k of [0, 1])
        for (const i of [0, 1])
          for (const j of [0, 1])
            for (let r = 0; r < rows; r++)
              for (let c = 0; c < columns; c++) {
                const inner = [0, 1].reduce(
                  (sum, m) =>
                    sum +
                    plain[`${which}.W_left`]![(k * rows + r) * 2 + m]! *
                      plain[`${which}.W_right`]![(k * 2 + m) * columns + c]!,
                  0,
                );
                weight[i * rows + r]![j * columns + c]! += plain['phm_rule']![k * 4 + i * 2 + j]! * inner;
              }
      return weight;
    };
    const times = (v: readonly number[], weight: number[][], bias: Float32Array): number[] =>
      Array.from(bias, (b, column) => v.reduce((sum, value, row) => sum + value * weight[row]![column]!, b));
    const inner = times([...(await read(x))], dense('down', 4, 2), plain['down.b']!);
    const wanted = times(inner, dense('up', 2, 4), plain['up.b']!);
    const before = tensorCount();
    const got = scope(() => adapter.delta(params, x, {} as never));
    (await read(got)).forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 4));
    got.dispose();
    expect(tensorCount()).toBe(before);
    expect(adapter.lowRank!(params, site)).toBeUndefined();
  });

  it.each([
    [{ phm_dim: 3 }, 'compacter.phm_dim'],
    [{ phm_dim: 4, reduction_factor: 4 }, 'compacter.phm_dim'],
    [{ phm_dim: 2, reduction_factor: { default: 2 }, shared_W_phm: true }, 'compacter.reduction_factor'],
    [{ phm_dim: 0 }, 'compacter.phm_dim'],
  ])('refuses %j', (given, where) => {
    expect(() => compacter(given).create(backbone)).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID', at: where }),
    );
  });

  it('is another method than seq_bn, which says so', () => {
    expect(() => seqBn({ phm_layer: true })).toThrow('compacter');
    expect(() => seqBn({ inv_adapter: 'nice' } as never)).toThrow('seq_bn_inv');
    expect(compacter().options).toMatchObject({ mh_adapter: true, phm_layer: true, reduction_factor: 32 });
    expect(compacterPp().options).toMatchObject({ mh_adapter: false, original_ln_before: true, non_linearity: 'gelu' });
  });
});

describe('an invertible layer', () => {
  const adapter = seqBnInv({ reduction_factor: 2 }).create(backbone);

  it('acts at the embeddings, and elsewhere as the method does', () => {
    expect([adapter.actsAt(embeddings), adapter.actsAt(site)]).toEqual([true, true]);
    expect(adapter.actsAt(at('sublayer', 'mh_adapter', 0))).toBe(false);
    expect(seqBn().create(backbone).actsAt(embeddings)).toBe(false);
    expect(doubleSeqBnInv().options).toMatchObject({ mh_adapter: true, inv_adapter: 'nice' });
    expect(shapesOf(adapter.init(embeddings, parameterRandom(1, 'x')))).toEqual({
      ...{ 'F.0.weight': [2, 4], 'F.0.bias': [2], 'F.2.weight': [4, 2], 'F.2.bias': [4] },
      ...{ 'G.0.weight': [2, 4], 'G.0.bias': [2], 'G.2.weight': [4, 2], 'G.2.bias': [4] },
    });
  });

  it('can be undone: of y the halves of x are found again', async () => {
    const shapes = shapesOf(adapter.init(embeddings, parameterRandom(1, 'x')));
    const params = Object.fromEntries(Object.entries(shapes).map(([name, shape], seed) => [name, noise(shape, seed)]));
    const x = noise([1, 3, 8], 20);
    const ctx = { site: embeddings, h: x, y: x, x } as never;
    const forward = (input: Tensor): Tensor =>
      scope(() => {
        const entered = adapter.prepareInput(params, { ...(ctx as object), h: input } as never);
        const delta = adapter.delta(params, entered.input, ctx);
        return adapter.completeSublayer(ctx, adapter.completeAdapter(params, ctx, entered, delta));
      });
    const values = await read(x);
    const y = await read(forward(x));
    const network = async (name: 'F' | 'G', input: readonly number[]): Promise<number[]> => {
      const of = async (part: string): Promise<Float32Array> => read(params[`${name}.${part}`]!);
      const layer = (v: readonly number[], weight: Float32Array, bias: Float32Array): number[] =>
        Array.from(bias, (b, row) => v.reduce((sum, value, i) => sum + weight[row * v.length + i]! * value, b));
      const inner = layer(input, await of('0.weight'), await of('0.bias')).map((value) => Math.max(0, value));
      return layer(inner, await of('2.weight'), await of('2.bias'));
    };
    for (const token of [0, 1, 2]) {
      const [y1, y2] = [y.slice(token * 8, token * 8 + 4), y.slice(token * 8 + 4, token * 8 + 8)];
      const g = await network('G', [...y1]);
      const x2 = [...y2].map((value, i) => value - g[i]!);
      const f = await network('F', x2);
      const x1 = [...y1].map((value, i) => value - f[i]!);
      [...x1, ...x2].forEach((value, i) => expect(value).toBeCloseTo(values[token * 8 + i]!, 4));
    }
  });

  it('accepts option names in camel case and keeps the reference names', () => {
    const given = { mhAdapter: false, outputAdapter: true, reductionFactor: 2, nonLinearity: 'relu' };
    const { options } = bottleneck({ ...given, phmLayer: true, factorizedPhmW: false, sharedWPhm: true });
    expect(options).toEqual(
      bottleneck({
        ...{ mh_adapter: false, output_adapter: true, reduction_factor: 2, non_linearity: 'relu' },
        ...{ phm_layer: true, factorized_phm_W: false, shared_W_phm: true },
      }).options,
    );
    expect(() => bottleneck({ mhAdapter: false, outputAdapter: true, reductionFactor: 2 })).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID', at: 'bottleneck.non_linearity' }),
    );
  });

  it('refuses what it has not', () => {
    const given = { mh_adapter: false, output_adapter: true, reduction_factor: 2, non_linearity: 'relu' };
    expect(() => bottleneck({ ...given, inv_adapter: 'glow' } as never)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
    expect(() => bottleneck({ ...given, inv_adapter: 'nice' } as never)).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID', at: 'bottleneck.inv_adapter_reduction_factor' }),
    );
    expect(() => bottleneck({ ...given, inv_adapter: 'rice' } as never)).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID' }),
    );
  });
});

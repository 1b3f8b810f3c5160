import type {
  AttentionHookInput,
  SiteHook,
  SiteHookInput,
  Params,
  Site,
  Tensor,
  TrainMode,
} from '@adapterfusion/contracts';
import {
  add,
  clone,
  concat,
  dispose,
  fill,
  keep,
  layerNorm,
  linear,
  mul,
  openBackend,
  parameterRandom,
  read,
  scope,
  tensor,
  tensorCount,
} from '@adapterfusion/tensor';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encoderLayer, layerSites, sumEmbeddings, type LayerPaths } from './layer.js';

const [batch, time, width, inner] = [2, 3, 8, 12];
const paths: LayerPaths = {
  query: 'q',
  key: 'k',
  value: 'v',
  attentionOutput: 'o',
  attentionNorm: 'n1',
  intermediate: 'i',
  output: 'f',
  outputNorm: 'n2',
};
const sites = layerSites(4, width, inner, paths);
const shape = { heads: 2, epsilon: 1e-12, activation: 'gelu', hiddenDropout: 0.3, attentionDropout: 0.3 };
const plain: SiteHook = (_, { y, residual, norm }) => (residual && norm ? norm(add(y, residual)) : y);

function parameters(): Params {
  const random = parameterRandom(1, 'layer');
  const dims: [string, number, number][] = [
    ['q', width, width],
    ['k', width, width],
    ['v', width, width],
    ['o', width, width],
    ['i', inner, width],
    ['f', width, inner],
  ];
  return Object.fromEntries([
    ...dims.flatMap(([path, out, into]) => [
      [`${path}.weight`, random.normal([out, into], 0.5)] as const,
      [`${path}.bias`, random.normal([out], 0.5)] as const,
    ]),
    ...['n1', 'n2'].flatMap((path) => [
      [`${path}.weight`, random.uniform([width], 1)] as const,
      [`${path}.bias`, random.uniform([width], 1)] as const,
    ]),
  ]);
}

let params: Params;
let hidden: Tensor;
let mask: Tensor;
let before = 0;
beforeAll(() => openBackend('cpu'));
beforeEach(() => {
  before = tensorCount();
  params = parameters();
  hidden = parameterRandom(2, 'hidden').normal([batch, time, width], 1);
  mask = tensor([1, 1, 1, 1, 1, 0], [batch, time]);
});
afterEach(() => {
  dispose([hidden, mask, ...Object.values(params)]);
  expect(tensorCount(), 'tensors left behind').toBe(before);
});

async function run(act: SiteHook = plain, train?: TrainMode, input = hidden): Promise<Float32Array> {
  const out = encoderLayer(params, paths, sites, shape, input, mask, act, train ? { train } : {});
  const values = await read(out);
  out.dispose();
  return values;
}

describe('the sites of a layer', () => {
  it('have names, roles and widths', () => {
    expect(
      Object.values(sites).map(({ name, role, inDim, outDim, projection }) => [name, role, inDim, outDim, projection]),
    ).toEqual([
      ['4/query', 'linear', width, width, 'q'],
      ['4/key', 'linear', width, width, 'k'],
      ['4/value', 'linear', width, width, 'v'],
      ['4/attention', 'attention', width, width, undefined],
      ['4/attention_output', 'linear', width, width, 'o'],
      ['4/mh_adapter', 'sublayer', width, width, undefined],
      ['4/intermediate', 'linear', width, inner, 'i'],
      ['4/output', 'linear', inner, width, 'f'],
      ['4/output_adapter', 'sublayer', width, width, undefined],
    ]);
  });

  it('are visited in order, each with what its role promises', async () => {
    const seen: string[] = [];
    const act = (site: Site, call: SiteHookInput): Tensor => {
      seen.push(site.location);
      expect([call.x.shape[2], call.y.shape[2]]).toEqual([site.role === 'linear' ? site.inDim : width, site.outDim]);
      expect(call.residual !== undefined, site.location).toBe(site.role === 'sublayer');
      expect(call.norm !== undefined).toBe(site.role === 'sublayer');
      if (site.role === 'sublayer') expect(call.x).toBe(call.residual);
      return plain(site, call);
    };
    const attention: SiteHook['attention'] = ({ location, role }, call) => {
      seen.push(location);
      expect([role, call.heads]).toEqual(['attention', shape.heads]);
      for (const each of [call.x, call.query, call.key, call.value]) expect(each.shape).toEqual(hidden.shape);
      expect(call.mask.shape).toEqual(mask.shape);
      return call;
    };
    await run(Object.assign(act, { attention }));
    expect(seen).toEqual(Object.keys(sites));
  });

  for (const location of Object.keys(sites))
    it(`decide what goes on: ${location}`, async () => {
      const act = (site: Site, call: SiteHookInput): Tensor =>
        site.location === location ? mul(plain(site, call), 1.5) : plain(site, call);
      const attention: SiteHook['attention'] = ({ location: here }, call) =>
        here === location ? { ...call, key: mul(call.key, 1.5) } : call;
      const changed = await run(Object.assign(act, { attention }));
      const values = await run();
      expect(changed.some((value, index) => Math.abs(value - values[index]!) > 1e-3)).toBe(true);
    });
});

describe('a layer', () => {
  it('attends to positions that are put before the tokens, as far as their mask says', async () => {
    const before = (masked: number): SiteHook =>
      Object.assign((site: Site, call: SiteHookInput) => plain(site, call), {
        attention: (_: Site, call: AttentionHookInput) => {
          const more = fill([batch, 3, width], 0.5);
          return {
            query: call.query,
            key: concat([more, call.key], 1),
            value: concat([more, call.value], 1),
            mask: concat([fill([batch, 3], masked), call.mask], 1),
          };
        },
      });
    const alone = await run();
    const [unseen, seen] = [await run(before(0)), await run(before(1))];
    unseen.forEach((value, at) => expect(value).toBeCloseTo(alone[at]!, 5));
    expect(seen.some((value, at) => Math.abs(value - alone[at]!) > 1e-3)).toBe(true);
  });

  it('ends in the norm of the feed-forward output and its residual', async () => {
    let expected: Tensor | undefined;
    const got = await run((site, call) => {
      const out = plain(site, call);
      if (site.location === 'output_adapter')
        expected = layerNorm(add(call.y, call.x), params['n2.weight']!, params['n2.bias']!, 1e-12);
      return expected && site.location === 'output_adapter' ? expected : out;
    });
    expect(got).toEqual(await run());
  });

  it('projects as its parameters say', async () => {
    const projections: Record<string, string> = {
      query: 'q',
      key: 'k',
      value: 'v',
      attention_output: 'o',
      intermediate: 'i',
    };
    const pairs: [Tensor, Tensor][] = [];
    await run((site, call) => {
      const path = projections[site.location];
      if (path) {
        const projected = linear(call.x, params[`${path}.weight`]!, params[`${path}.bias`]);
        pairs.push([keep(clone(call.y)), keep(projected)]);
      }
      return plain(site, call);
    });
    expect(pairs.length).toBe(5);
    for (const [y, projected] of pairs) expect(await read(y)).toEqual(await read(projected));
    dispose(pairs.flat());
  });

  it('lets no token see padding', async () => {
    const values = await run();
    const kept = await read(hidden);
    const other = tensor(
      kept.map((value, index) => (index >= 5 * width ? value + 3 : value)),
      hidden.shape,
    );
    const changed = await run(plain, undefined, other);
    expect([...changed.slice(0, 5 * width)]).toEqual([...values.slice(0, 5 * width)]);
    expect([...changed.slice(5 * width)]).not.toEqual([...values.slice(5 * width)]);
    other.dispose();
  });

  it('may drop nothing after attention while it does after feed-forward', async () => {
    const train: TrainMode = { key: { seed: 1, step: 0, microBatch: 0 } };
    const zeros = async (attentionOutputDropout?: number): Promise<Record<string, number>> => {
      const seen: [string, Tensor][] = [];
      const made = { ...shape, ...(attentionOutputDropout === undefined ? {} : { attentionOutputDropout }) };
      const act: SiteHook = (site, call) => {
        if (call.norm) seen.push([site.location, keep(clone(call.y))]);
        return plain(site, call);
      };
      encoderLayer(params, paths, sites, made, hidden, mask, act, { train }).dispose();
      const counted = await Promise.all(
        seen.map(async ([at, y]) => [at, (await read(y)).filter((value) => value === 0).length] as const),
      );
      dispose(seen.map(([, y]) => y));
      return Object.fromEntries(counted);
    };
    const both = await zeros();
    expect(both['mh_adapter']).toBeGreaterThan(0);
    expect(await zeros(0)).toMatchObject({ mh_adapter: 0, output_adapter: both['output_adapter'] });
  });

  it('drops out while training, the same for the same key', async () => {
    const key = { seed: 1, step: 2, microBatch: 0 };
    const [once, again, evaluated] = [await run(plain, { key }), await run(plain, { key }), await run()];
    expect(once).toEqual(again);
    expect(once).not.toEqual(evaluated);
    expect(once).not.toEqual(await run(plain, { key: { ...key, step: 3 } }));
  });
});

it('sums embeddings, normalises them, and drops out while training', async () => {
  const tables = [hidden, mul(hidden, 2)];
  const norm = { weight: params['n1.weight']!, bias: params['n1.bias']!, epsilon: 1e-12 };
  const got = sumEmbeddings(tables, norm, 0.5, {});
  const want = scope(() => layerNorm(mul(hidden, 3), norm.weight, norm.bias, 1e-12));
  const [a, b] = [await read(got), await read(want)];
  a.forEach((value, index) => expect(value).toBeCloseTo(b[index]!, 5));
  const dropped = sumEmbeddings(tables, norm, 0.5, { train: { key: { seed: 1, step: 0, microBatch: 0 } } });
  const zeros = (await read(dropped)).filter((value) => value === 0).length;
  expect(zeros).toBeGreaterThan(8);
  expect(zeros).toBeLessThan(40);
  dispose([got, want, dropped, tables[1]!]);
});

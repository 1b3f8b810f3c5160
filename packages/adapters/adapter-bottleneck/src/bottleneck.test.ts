import type { Adapter, Params, Site, SiteContext, CreateContext, Tensor, TrainMode } from '@adapterfusion/contracts';
import {
  add,
  dropoutMask,
  gradients,
  layerNorm,
  mul,
  openBackend,
  parameter,
  parameterRandom,
  read,
  setTrainable,
  sum,
  tensor,
} from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { bottleneck, doubleSeqBn, parBn, scaledParBn, seqBn, type BottleneckOptions } from './index.js';

/* The oracle: the same maths in double precision on arrays of rows, written from the formulas alone. */
type Rows = number[][];
type Values = Record<string, number[]>;

const batch = 2;
const time = 3;
const width = 8;
const shape = [batch, time, width];
const tokens = batch * time;
const mask = [1, 1, 1, 1, 1, 0];
const site: Site = {
  name: '1/output_adapter',
  role: 'sublayer',
  layer: 1,
  location: 'output_adapter',
  inDim: width,
  outDim: width,
};
const scopeName = 'adapters/a/1/output_adapter';
const backbone: CreateContext['adapter'] = { hidden: width, layers: 2 };

function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  };
}
const randomRows = (seed: number): Rows => {
  const next = noise(seed);
  return Array.from({ length: tokens }, () => Array.from({ length: width }, () => Math.fround(next())));
};
const plus = (a: Rows, b: Rows): Rows => a.map((row, i) => row.map((value, j) => value + b[i]![j]!));
const norm = (x: Rows, gamma: number[], beta: number[], epsilon: number): Rows =>
  x.map((row) => {
    const mean = row.reduce((total, value) => total + value, 0) / row.length;
    const variance = row.reduce((total, value) => total + (value - mean) ** 2, 0) / row.length;
    return row.map((value, j) => ((value - mean) / Math.sqrt(variance + epsilon)) * gamma[j]! + beta[j]!);
  });
const project = (x: Rows, weight: number[], bias: number[]): Rows =>
  x.map((row) =>
    bias.map((offset, out) => row.reduce((total, value, j) => total + value * weight[out * row.length + j]!, offset)),
  );
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const activations: Record<string, (x: number) => number> = {
  relu: (x) => Math.max(0, x),
  swish: (x) => x * sigmoid(x),
  tanh: Math.tanh,
};

const x = randomRows(1);
const y = randomRows(2);
const residual = randomRows(3);
const gamma = randomRows(4)[0]!.map((value) => 1 + value / 2);
const beta = randomRows(5)[0]!;
const weights = randomRows(6);
const siteNorm = (value: Rows): Rows => norm(value, gamma, beta, 1e-12);

/** What a site with this one adapter gives, and the adapter's contribution alone. */
function oracle(
  o: BottleneckOptions,
  p: Values,
  h: Rows,
  drop?: number[],
): { delta: Rows; left: Rows; input: Rows; residual: Rows } {
  const input = o.is_parallel ? x : o.original_ln_before ? siteNorm(plus(h, residual)) : h;
  let own = o.residual_before_ln === true ? h : o.residual_before_ln === 'post_add' ? plus(h, residual) : input;
  if (o.is_parallel) own = x;
  const seen = o.ln_before ? norm(input, p['norm_before.weight']!, p['norm_before.bias']!, 1e-5) : input;
  const inner = project(seen, p['down.weight']!, p['down.bias']!).map((row) => row.map(activations[o.non_linearity]!));
  const outer = project(inner, p['up.weight']!, p['up.bias']!);
  const scale = (j: number): number =>
    typeof o.scaling === 'number' ? o.scaling : p['scaling']![o.scaling === 'learned' ? 0 : j]!;
  const delta = outer.map((row) => row.map((value, j) => value * scale(j)));
  let out = delta.map((row, i) => row.map((value, j) => value * (drop?.[i * width + j] ?? 1)));
  if (o.use_gating) {
    const open = project(input, p['gate.weight']!, p['gate.bias']!).map(([value]) => sigmoid(value!));
    out = out.map((row, i) => {
      const first = Math.floor(i / time) * time;
      const mine = [...Array(time).keys()].map((t) => first + t).filter((t) => mask[t] === 1);
      const gate = mine.reduce((total, t) => total + open[t]!, 0) / mine.length;
      return row.map((value) => value * gate);
    });
  }
  if (!o.is_parallel && o.adapter_residual_before_ln) out = plus(out, own);
  if (o.ln_after) out = norm(out, p['norm_after.weight']!, p['norm_after.bias']!, 1e-5);
  if (!o.is_parallel && !o.adapter_residual_before_ln) out = plus(out, own);
  if (o.is_parallel) out = plus(out, y);
  return { delta, left: o.original_ln_after ? siteNorm(plus(out, residual)) : out, input, residual: own };
}

/** Parameters of the shapes that `init` gives, but with values that hide nothing. */
function parametersOf(adapter: Adapter): { params: Params; values: Values } {
  const next = noise(99);
  const params: Record<string, Tensor> = {};
  const values: Values = {};
  const initial = adapter.init(site, parameterRandom(1, 'x'));
  for (const [name, start] of Object.entries(initial)) {
    values[name] = Array.from({ length: start.size }, () => Math.fround(next() * 0.8));
    params[name] = parameter(Float32Array.from(values[name]), start.shape);
    start.dispose();
  }
  return { params, values };
}

function context(h: Rows = y, train?: TrainMode): SiteContext {
  const [tx, ty, tr] = [x, y, residual].map((rows) => tensor(rows.flat(), shape)) as [Tensor, Tensor, Tensor];
  const [g, b] = [tensor(gamma, [width]), tensor(beta, [width])];
  const apply = (value: Tensor): Tensor => layerNorm(value, g, b, 1e-12);
  const shared = apply(add(ty, tr));
  return {
    site,
    scopeName,
    x: tx,
    y: ty,
    h: h === y ? ty : tensor(h.flat(), shape),
    residual: tr,
    norm: apply,
    normed: () => shared,
    mask: tensor(mask, [batch, time]),
    batch,
    time,
    ...(train ? { train } : {}),
  };
}

function single(adapter: Adapter, params: Params, ctx: SiteContext): Tensor {
  const entered = adapter.prepareInput(params, ctx);
  return adapter.completeSublayer(
    ctx,
    adapter.completeAdapter(params, ctx, entered, adapter.delta(params, entered.input, ctx)),
  );
}

async function close(actual: Tensor, expected: Rows | number[], within = 2e-6): Promise<void> {
  const values = await read(actual);
  const wanted = expected.flat();
  expect(values.length).toBe(wanted.length);
  const far = wanted.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(value - values[i]!) / (1 + Math.abs(value))),
    0,
  );
  expect(far).toBeLessThan(within);
}

const own = { reduction_factor: 4 } as const;
const cases: Record<string, ReturnType<typeof bottleneck>> = {
  seq_bn: seqBn(own),
  double_seq_bn: doubleSeqBn(own),
  par_bn: parBn(own),
  scaled_par_bn: scaledParBn(own),
  'seq_bn, learned scale': seqBn({ ...own, scaling: 'learned' }),
  'seq_bn, scale by channel': seqBn({ ...own, scaling: 'channel' }),
  'seq_bn, scale 0.5': seqBn({ ...own, scaling: 0.5 }),
  'seq_bn, gate': seqBn({ ...own, use_gating: true }),
  'par_bn, gate and ln_after': parBn({ ...own, use_gating: true, ln_after: true }),
  'par_bn, residual_before options change nothing': parBn({
    ...own,
    adapter_residual_before_ln: true,
    residual_before_ln: false,
  }),
  'par_bn, no original_ln_after': parBn({ ...own, original_ln_after: false }),
  'seq_bn, ln_before': seqBn({ ...own, ln_before: true }),
  'seq_bn, ln_after': seqBn({ ...own, ln_after: true }),
  'seq_bn, ln_after, residual first': seqBn({ ...own, ln_after: true, adapter_residual_before_ln: true }),
  'seq_bn, residual post_add': seqBn({ ...own, residual_before_ln: 'post_add' }),
  'seq_bn, residual after': seqBn({ ...own, residual_before_ln: false }),
  'seq_bn, no original_ln_after': seqBn({ ...own, original_ln_after: false }),
  'AdapterPlus without its stochastic depth': bottleneck({
    mh_adapter: false,
    output_adapter: true,
    reduction_factor: 4,
    non_linearity: 'tanh',
    original_ln_before: true,
    original_ln_after: false,
    residual_before_ln: false,
    init_weights: 'houlsby',
    scaling: 'channel',
  }),
};

beforeAll(async () => {
  await openBackend('cpu');
});

describe.each(Object.entries(cases))('%s', (_, { options, create }) => {
  const adapter = create(backbone);

  it.each([
    ['alone', y],
    ['on a value that another adapter changed', randomRows(7)],
  ])('gives what the formulas give, %s', async (__, h) => {
    const { params, values } = parametersOf(adapter);
    const ctx = context(h);
    const entered = adapter.prepareInput(params, ctx);
    const expected = oracle(options, values, h);
    await close(entered.input, expected.input);
    await close(entered.residual, expected.residual);
    await close(entered.query.beforeNorm, options.is_parallel ? x : h);
    expect(entered.query.afterNorm).toBe(entered.input);
    await close(adapter.delta(params, entered.input, ctx), expected.delta);
    await close(single(adapter, params, ctx), expected.left);
  });

  it('has the gradients of the formulas', async () => {
    const { params, values } = parametersOf(adapter);
    for (const value of Object.values(params)) setTrainable(value, true);
    const ctx = context();
    const by = tensor(weights.flat(), shape);
    const { gradients: found } = gradients(
      () => sum(mul(single(adapter, params, ctx), by)),
      new Map(Object.entries(params)),
    );
    const loss = (p: Values): number =>
      oracle(options, p, y).left.reduce(
        (total, row, i) => total + row.reduce((part, value, j) => part + value * weights[i]![j]!, 0),
        0,
      );
    const step = 1e-5;
    for (const [name, value] of Object.entries(values)) {
      const expected = value.map((at, i) => {
        const moved = (by: number): Values => ({ ...values, [name]: value.with(i, at + by) });
        return (loss(moved(step)) - loss(moved(-step))) / (2 * step);
      });
      await close(found.get(name)!, expected, 1e-4);
    }
  });

  it('has low-rank factors that give its contribution, unless ln_before is on', async () => {
    const { params, values } = parametersOf(adapter);
    const factors = adapter.lowRank!(params, site);
    if (options.ln_before) return expect(factors).toBeUndefined();
    expect(factors).toMatchObject({
      activation: options.non_linearity,
      down: params['down.weight'],
      up: params['up.weight'],
    });
    expect(factors!.downBias).toBe(params['down.bias']);
    expect(factors!.upBias).toBe(params['up.bias']);
    if (typeof options.scaling === 'number') expect(factors!.scale).toBe(options.scaling);
    else await close(factors!.scale as Tensor, values['scaling']!);
  });
});

describe('dropout', () => {
  const adapter = seqBn({ ...own, dropout: 0.5, use_gating: true }).create(backbone);
  const train: TrainMode = { key: { seed: 3, step: 1, microBatch: 0 } };

  it('falls on the contribution after the scale, keyed by the place and the step', async () => {
    const { params, values } = parametersOf(adapter);
    const drop = await read(dropoutMask(shape, 0.5, train, `${scopeName}/dropout`));
    expect(new Set(drop)).toEqual(new Set([0, 2]));
    const options = seqBn({ ...own, use_gating: true }).options;
    await close(single(adapter, params, context(y, train)), oracle(options, values, y, [...drop]).left);
  });

  it('is off in evaluation', async () => {
    const { params, values } = parametersOf(adapter);
    const options = seqBn({ ...own, use_gating: true }).options;
    await close(single(adapter, params, context()), oracle(options, values, y).left);
  });
});

import type { Adapter, ParameterRandom, Params, Tensor } from '@adapterfusion/contracts';
import { activate, add, concat, linear, slice } from '@adapterfusion/tensor';
import type { BottleneckOptions } from './options.js';
import { bottleneckSize } from './size.js';

/**
 * Adds an additive coupling layer after the embeddings (NICE, Dinh et al. 2015, arXiv 1410.8516, as MAD-X has it): of the halves
 * x₁ and x₂ of each token it makes y₁ = x₁ + F(x₂) and y₂ = x₂ + G(y₁), with two small networks F and G.
 * @returns the adapter itself where the options ask for none
 */
export function withInvertible(adapter: Adapter, options: BottleneckOptions): Adapter {
  const factor = options.inv_adapter_reduction_factor;
  if (options.inv_adapter === null || factor === null) return adapter;
  const layer = (random: ParameterRandom, name: string, into: number, out: number): Params => ({
    [`${name}.weight`]: random.normal([out, into], 0.02),
    [`${name}.bias`]: random.constant([out], 0),
  });
  const network = (random: ParameterRandom, name: string, into: number, out: number): Params => {
    const inner = bottleneckSize(into, factor);
    return { ...layer(random, `${name}.0`, into, inner), ...layer(random, `${name}.2`, inner, out) };
  };
  const run = (params: Params, name: string, x: Tensor): Tensor => {
    const inner = activate(options.non_linearity, linear(x, params[`${name}.0.weight`]!, params[`${name}.0.bias`]));
    return linear(inner, params[`${name}.2.weight`]!, params[`${name}.2.bias`]);
  };
  return {
    ...adapter,

    actsAt: (site) => site.role === 'embedding' || adapter.actsAt(site),

    init(site, random) {
      if (site.role !== 'embedding') return adapter.init(site, random);
      const first = Math.floor(site.outDim / 2);
      const second = site.outDim - first;
      return { ...network(random, 'F', second, first), ...network(random, 'G', first, second) };
    },

    prepareInput: (params, ctx) =>
      ctx.site.role === 'embedding'
        ? { input: ctx.h, query: { beforeNorm: ctx.h, afterNorm: ctx.h }, residual: ctx.h }
        : adapter.prepareInput(params, ctx),

    delta(params, input, ctx) {
      if (ctx.site.role !== 'embedding') return adapter.delta(params, input, ctx);
      const first = Math.floor(ctx.site.outDim / 2);
      const [x1, x2] = [slice(input, 2, 0, first), slice(input, 2, first, ctx.site.outDim - first)];
      const f = run(params, 'F', x2);
      return concat([f, run(params, 'G', add(x1, f))], 2);
    },

    completeAdapter: (params, ctx, entered, delta) =>
      ctx.site.role === 'embedding'
        ? add(entered.residual, delta)
        : adapter.completeAdapter(params, ctx, entered, delta),

    completeSublayer: (ctx, h) => (ctx.site.role === 'embedding' ? h : adapter.completeSublayer(ctx, h)),

    ...(adapter.lowRank
      ? { lowRank: (params, site) => (site.role === 'embedding' ? undefined : adapter.lowRank!(params, site)) }
      : {}),
  };
}

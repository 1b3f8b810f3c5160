import {
  AdapterFusionError,
  checkLeftOut,
  type Adapter,
  type AdapterInput,
  type Params,
  type Site,
  type SiteContext,
  type CreateContext,
  type Tensor,
} from '@adapterfusion/contracts';
import { activate, add, div, dropout, layerNorm, linear, mul, reshape, sum } from '@adapterfusion/tensor';
import { combineBottlenecks } from './combine.js';
import { initialParameters } from './init.js';
import type { BottleneckOptions } from './options.js';
import { DENSE, type BottleneckProjections } from './projections.js';
import { sizeAt } from './size.js';

/** Of the adapter's own layer norms, whatever the backbone's is. */
const EPSILON = 1e-5;

/** Refuses options that do not fit the backbone's layers. */
function checkLayers(options: BottleneckOptions, layers: number, at: string): void {
  checkLeftOut(options.leave_out, layers, at);
  const factors = options.reduction_factor;
  if (typeof factors === 'number' || factors['default'] !== undefined) return;
  for (let layer = 0; layer < layers; layer++)
    if (factors[String(layer)] === undefined && !options.leave_out.includes(layer))
      throw new AdapterFusionError('OPTIONS_INVALID', {
        at: `${at}.reduction_factor`,
        expected: `a factor for layer ${layer}`,
        got: JSON.stringify(factors),
        fix: 'Add it, or a "default".',
      });
}

/** The sub-layer's residual and the norm after it: the identity in an encoder that normalises before. @throws SITE_UNSUPPORTED where the site has no residual */
function sublayer(ctx: SiteContext): { residual: Tensor; norm: (value: Tensor) => Tensor } {
  const { residual, norm = (value: Tensor) => value, site } = ctx;
  if (residual) return { residual, norm };
  throw new AdapterFusionError('SITE_UNSUPPORTED', {
    at: site.name,
    expected: 'a sublayer site with a residual',
    got: `a ${site.role} site without`,
    fix: 'Use another encoder, or another method.',
  });
}

const normed = (params: Params, name: string, x: Tensor): Tensor =>
  layerNorm(x, params[`${name}.weight`]!, params[`${name}.bias`]!, EPSILON);

/** The gate `[batch, 1, 1]`: the mean over the tokens that are not padding. */
function gate(params: Params, input: Tensor, { mask, batch, time }: SiteContext): Tensor {
  const open = activate('sigmoid', linear(input, params['gate.weight']!, params['gate.bias']));
  const tokens = reshape(mask, [batch, time, 1]);
  return div(sum(mul(open, tokens), 1, true), sum(tokens, 1, true));
}

/**
 * A bottleneck adapter (Houlsby et al. 2019; Pfeiffer et al. 2021; He et al. 2022): down-projection, activation,
 * up-projection, in the place and with the residuals and norms that the options say.
 * @param at the method's name, for messages
 * @param made other projections than two matrices
 * @throws OPTIONS_INVALID where the options name layers that the backbone lacks, or no factor for one it has
 */
export function createBottleneck(
  options: BottleneckOptions,
  backbone: CreateContext['adapter'],
  at: string,
  made?: BottleneckProjections,
): Adapter {
  const { dense, project } = made ?? DENSE;
  checkLayers(options, backbone.layers, at);
  const { scaling, is_parallel: parallel } = options;

  const read = (ctx: SiteContext): Tensor => {
    if (!options.original_ln_before) return ctx.h;
    const { residual, norm } = sublayer(ctx);
    return ctx.h === ctx.y ? ctx.normed() : norm(add(ctx.h, residual));
  };
  const kept = (ctx: SiteContext, input: Tensor): Tensor => {
    if (options.residual_before_ln === 'post_add') return add(ctx.h, sublayer(ctx).residual);
    return options.residual_before_ln ? ctx.h : input;
  };

  return {
    flow: parallel ? 'parallel' : 'sequential',
    tokenwise: !options.use_gating,

    actsAt: (site) =>
      site.role === 'sublayer' &&
      ((site.location === 'mh_adapter' && options.mh_adapter) ||
        (site.location === 'output_adapter' && options.output_adapter)) &&
      !options.leave_out.includes(site.layer),

    init: (site, random) => initialParameters(options, site.outDim, sizeAt(options, site), random, made),

    ...(made?.initShared ? { initShared: made.initShared.bind(made) } : {}),

    ...(parallel ? { inputWidth: ({ inDim }: Site) => inDim } : {}),

    prepareInput(_, ctx): AdapterInput {
      if (parallel) return { input: ctx.x, query: { beforeNorm: ctx.x, afterNorm: ctx.x }, residual: ctx.x };
      const input = read(ctx);
      return { input, query: { beforeNorm: ctx.h, afterNorm: input }, residual: kept(ctx, input) };
    },

    delta(params, input) {
      const x = options.ln_before ? normed(params, 'norm_before', input) : input;
      const inner = activate(options.non_linearity, project(params, 'down', x));
      const outer = project(params, 'up', inner);
      return scaling === 1 ? outer : mul(outer, typeof scaling === 'number' ? scaling : params['scaling']!);
    },

    completeAdapter(params, ctx, entered, delta) {
      const dropped = dropout(delta, options.dropout, ctx.train, `${ctx.scopeName}/dropout`);
      const gated = options.use_gating ? mul(dropped, gate(params, entered.input, ctx)) : dropped;
      const early = !parallel && options.adapter_residual_before_ln;
      const summed = early ? add(gated, entered.residual) : gated;
      const result = options.ln_after ? normed(params, 'norm_after', summed) : summed;
      return parallel || early ? result : add(result, entered.residual);
    },

    completeSublayer(ctx, h) {
      const out = parallel ? add(h, ctx.y) : h;
      if (!options.original_ln_after) return out;
      const { residual, norm } = sublayer(ctx);
      return norm(add(out, residual));
    },

    lowRank(params) {
      if (options.ln_before || !dense) return undefined;
      return {
        down: params['down.weight']!,
        downBias: params['down.bias']!,
        activation: options.non_linearity,
        up: params['up.weight']!,
        upBias: params['up.bias']!,
        scale: typeof scaling === 'number' ? scaling : params['scaling']!,
      };
    },

    combine: (terms) => combineBottlenecks(options, terms),
  };
}

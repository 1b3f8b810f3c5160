import {
  AdapterFusionError,
  atProjections,
  type Adapter,
  type ParameterRandom,
  type Params,
  type Site,
  type SiteContext,
  type CreateContext,
  type Tensor,
} from '@adapterfusion/contracts';
import { activate, add, clone, div, dropout, linear, mul, parameterRandom, reshape, sum } from '@adapterfusion/tensor';
import { combineLoras } from './combine.js';
import type { LoraOptions } from './options.js';

/** The gate `[batch, 1, 1]`: the mean over the tokens that are not padding. */
function gate(params: Params, { x, mask, batch, time }: SiteContext): Tensor {
  const open = activate('sigmoid', linear(x, params['gate.weight']!, params['gate.bias']));
  const tokens = reshape(mask, [batch, time, 1]);
  return div(sum(mul(open, tokens), 1, true), sum(tokens, 1, true));
}

function initial(options: LoraOptions, site: Site, siteRandom: ParameterRandom): Params {
  const { r, init_weights: mode, init_weights_seed: seed } = options;
  const random = seed === null ? siteRandom : parameterRandom(seed, 'lora');
  const [a, b] = [
    [r, site.inDim],
    [site.outDim, r],
  ] as const;
  const bound = 1 / Math.sqrt(site.inDim);
  const pair = {
    lora: () => [random.uniform(a, bound), random.constant(b, 0)],
    bert: () => [random.normal(a, 0.02), random.normal(b, 0.02)],
    ia3: () => [random.constant(a, 1), random.constant(b, 1)],
  }[mode]() as [Tensor, Tensor];
  const gating = (): Params => ({
    'gate.weight': random.normal([1, site.inDim], 0.02),
    'gate.bias': random.uniform([1], bound),
  });
  return { lora_A: pair[0], lora_B: pair[1], ...(options.use_gating ? gating() : {}) };
}

/**
 * LoRA (Hu et al. 2022): a projection `W x` becomes `W x + alpha/r · B A x`, with A `[r, in]` and B `[out, r]`. Reads what
 * enters the projection and adds to what leaves it, so that several in a stack add up.
 * @throws OPTIONS_INVALID where the options leave out layers that the backbone lacks
 */
export function createLora(options: LoraOptions, backbone: CreateContext['adapter']): Adapter {
  const actsAt = atProjections(options, backbone.layers, 'lora');
  const scale = options.use_gating ? 1 : options.alpha / options.r;
  const scaled = (x: Tensor): Tensor => (scale === 1 ? x : mul(x, scale));

  return {
    flow: 'sequential',
    tokenwise: !options.use_gating,

    actsAt,

    init: (site, random) => initial(options, site, random),

    inputWidth: ({ inDim }) => inDim,

    prepareInput: (_, ctx) => ({
      input: dropout(ctx.x, options.dropout, ctx.train, `${ctx.scopeName}/dropout`),
      query: { beforeNorm: ctx.y, afterNorm: ctx.y },
      residual: ctx.h,
    }),

    delta: (params, input) => scaled(linear(linear(input, params['lora_A']!), params['lora_B']!)),

    completeAdapter: (params, ctx, entered, delta) =>
      add(options.use_gating ? mul(delta, gate(params, ctx)) : delta, entered.residual),

    completeSublayer: (_, h) => h,

    lowRank: (params) => ({ down: params['lora_A']!, activation: 'linear', up: params['lora_B']!, scale }),

    merge(params, { weight, bias }, site) {
      if (options.use_gating)
        throw new AdapterFusionError('UNSUPPORTED', {
          at: site.name,
          expected: 'an update that is the same for every row',
          got: 'LoRA with use_gating',
          fix: 'A gate depends on the input and cannot be merged.',
        });
      const update = linear(params['lora_B']!, params['lora_A']!, undefined, { transposed: true });
      return { weight: add(weight, scaled(update)), bias: clone(bias) };
    },

    combine: (terms) => combineLoras(options, terms),
  };
}

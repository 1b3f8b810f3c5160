import { atProjections, type Adapter, type Params, type CreateContext, type Tensor } from '@adapterfusion/contracts';
import { add, mul, parameterRandom, reshape } from '@adapterfusion/tensor';
import type { Ia3Options } from './options.js';

/**
 * (IA)³ (Liu et al. 2022): what leaves a projection is multiplied, channel by channel, with `alpha` times a learned vector
 * `lora_B` `[out, 1]`. Reads the running value, so that several in a stack multiply.
 * @throws OPTIONS_INVALID where the options leave out layers that the backbone lacks
 */
export function createIa3(options: Ia3Options, backbone: CreateContext['adapter']): Adapter {
  const actsAt = atProjections(options, backbone.layers, 'ia3');
  /** `[out]` */
  const factor = (params: Params): Tensor => {
    const vector = reshape(params['lora_B']!, [params['lora_B']!.size]);
    return options.alpha === 1 ? vector : mul(vector, options.alpha);
  };

  return {
    flow: 'sequential',
    tokenwise: true,

    actsAt,

    init(site, siteRandom) {
      const { init_weights: mode, init_weights_seed: seed } = options;
      const random = seed === null ? siteRandom : parameterRandom(seed, 'ia3');
      const shape = [site.outDim, 1];
      return { lora_B: mode === 'bert' ? random.normal(shape, 0.02) : random.constant(shape, mode === 'ia3' ? 1 : 0) };
    },

    prepareInput: (_, ctx) => ({ input: ctx.h, query: { beforeNorm: ctx.y, afterNorm: ctx.y }, residual: ctx.h }),

    delta: (params, input) => mul(input, add(factor(params), -1)),

    completeAdapter: (_params, _ctx, entered, delta) => add(entered.residual, delta),

    completeSublayer: (_, h) => h,

    merge(params, { weight, bias }, site) {
      const by = factor(params);
      return { weight: mul(weight, reshape(by, [site.outDim, 1])), bias: mul(bias, by) };
    },
  };
}

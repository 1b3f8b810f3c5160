import { definePlugin, type PluginFactory } from '@adapterfusion/contracts';
import { createBottleneck } from './bottleneck.js';
import { parseBottleneckOptions, type BottleneckOptions, type Defaults } from './options.js';

interface Method {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly identityAtInit: boolean;
  readonly defaults: Defaults;
}

function method({ id, aliases, identityAtInit, defaults }: Method): PluginFactory<'adapter', BottleneckOptions> {
  return definePlugin<'adapter', BottleneckOptions>({
    kind: 'adapter',
    id,
    ...(aliases ? { aliases } : {}),
    packageName: '@adapterfusion/adapter-bottleneck',
    packageVersion: '0.1.0',
    supports: { roles: ['sublayer'], merge: false, identityAtInit },
    options: (input) => parseBottleneckOptions(input, id, defaults),
    create: (options, backbone) => createBottleneck(options, backbone, id),
  });
}

/** One adapter a layer, after the feed-forward sub-layer, reading the normed value: Pfeiffer et al. 2021. */
export const seqBn = method({
  id: 'seq_bn',
  aliases: ['pfeiffer'],
  identityAtInit: false,
  defaults: {
    mh_adapter: false,
    output_adapter: true,
    reduction_factor: 16,
    non_linearity: 'relu',
    original_ln_before: true,
  },
});

/** Two adapters a layer, after attention and after the feed-forward sub-layer: Houlsby et al. 2019. */
export const doubleSeqBn = method({
  id: 'double_seq_bn',
  aliases: ['houlsby'],
  identityAtInit: false,
  defaults: { mh_adapter: true, output_adapter: true, reduction_factor: 16, non_linearity: 'swish' },
});

const parallelDefaults = {
  mh_adapter: false,
  output_adapter: true,
  reduction_factor: 2,
  non_linearity: 'relu',
  is_parallel: true,
  init_weights: 'mam_adapter',
} as const;

/** One adapter a layer beside the feed-forward sub-layer, scaled by 4: He et al. 2022. */
export const parBn = method({
  id: 'par_bn',
  aliases: ['parallel'],
  identityAtInit: true,
  defaults: { ...parallelDefaults, scaling: 4 },
});

/** As {@link parBn}, with a learned scale. */
export const scaledParBn = method({
  id: 'scaled_par_bn',
  aliases: ['scaled_parallel'],
  identityAtInit: true,
  defaults: { ...parallelDefaults, scaling: 'learned' },
});

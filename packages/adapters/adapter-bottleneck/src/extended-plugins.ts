import { definePlugin, type PluginFactory } from '@adapterfusion/contracts';
import { createBottleneck } from './bottleneck.js';
import { compacterProjections } from './compacter.js';
import { withInvertible } from './invertible.js';
import { parseExtendedOptions } from './extended-options.js';
import type { BottleneckOptions, Defaults } from './options.js';
import { doubleSeqBn, seqBn } from './plugins.js';

/** A method with Compacter's projections and invertible layers; in a module of its own, since most adapters need neither. */
function method(
  id: string,
  aliases: readonly string[],
  defaults?: Defaults,
): PluginFactory<'adapter', BottleneckOptions> {
  return definePlugin<'adapter', BottleneckOptions>({
    kind: 'adapter',
    id,
    aliases,
    packageName: '@adapterfusion/adapter-bottleneck',
    packageVersion: '0.1.0',
    supports: { roles: ['sublayer', 'embedding'], merge: false, identityAtInit: false },
    options: (input) => parseExtendedOptions(input, id, defaults),
    create: (options, backbone) =>
      withInvertible(
        createBottleneck(options, backbone, id, compacterProjections(options, backbone.hidden, id)),
        options,
      ),
  });
}

/** Options of a method without those that are not its own. */
const optionsOf = ({ plugin }: PluginFactory<'adapter', BottleneckOptions>): Defaults => plugin.options({});

const COMPACTER = { phm_layer: true, reduction_factor: 32, non_linearity: 'gelu' } as const;

/** Two adapters a layer, as `double_seq_bn`, whose projections are sums of Kronecker products: Mahabadi et al. 2021. */
export const compacter = method('compacter', [], { ...optionsOf(doubleSeqBn), ...COMPACTER });

/** As {@link compacter}, after the feed-forward sub-layer only, where it reads the normed value. */
export const compacterPp = method('compacter_pp', ['compacter++'], { ...optionsOf(seqBn), ...COMPACTER });

const NICE = { inv_adapter: 'nice', inv_adapter_reduction_factor: 2 } as const;

/** `seq_bn` with an invertible layer after the embeddings: MAD-X, Pfeiffer et al. 2020. */
export const seqBnInv = method('seq_bn_inv', ['pfeiffer+inv'], { ...optionsOf(seqBn), ...NICE });

/** `double_seq_bn` with an invertible layer after the embeddings. */
export const doubleSeqBnInv = method('double_seq_bn_inv', ['houlsby+inv'], { ...optionsOf(doubleSeqBn), ...NICE });

/**
 * Any bottleneck adapter by the keys of AdapterHub's `BnConfig`; `mh_adapter`, `output_adapter`, `reduction_factor` and
 * `non_linearity` have to be given. What imported adapters use.
 */
export const bottleneck = method('bottleneck', []);

import { AdapterFusionError, option, refuseUnimplemented, type OptionSpec } from '@adapterfusion/contracts';
import {
  isFactor,
  parseBottleneckOptions,
  type BottleneckOptions,
  type Defaults,
  type ExtendedSpecs,
} from './options.js';

const whole = (value: number): OptionSpec<number> => option.number(value, { min: 1, integer: true });

const specs: ExtendedSpecs = {
  inv_adapter: option.custom<'nice' | null>(null, (got) =>
    got === null || got === 'nice' || got === 'glow' ? undefined : '"nice" or null',
  ),
  inv_adapter_reduction_factor: option.custom<number | null>(null, (got) =>
    got === null || isFactor(got) ? undefined : 'a number above 0 or null',
  ),
  phm_layer: option.boolean(false),
  phm_dim: whole(4),
  factorized_phm_W: option.boolean(true),
  shared_W_phm: option.boolean(false),
  shared_phm_rule: option.boolean(true),
  factorized_phm_rule: option.boolean(false),
  phm_c_init: option.choice('normal', ['normal', 'uniform']),
  phm_init_range: option.number(0.0001, { min: 0 }),
  phm_rank: whole(1),
  phm_bias: option.boolean(true),
};

/**
 * Checks options of a method that has Compacter's projections and invertible layers.
 * @throws as {@link parseBottleneckOptions}; UNSUPPORTED for `inv_adapter: "glow"`
 */
export function parseExtendedOptions(input: unknown, at: string, defaults: Defaults | undefined): BottleneckOptions {
  const options = parseBottleneckOptions(input, at, defaults, specs);
  refuseUnimplemented(
    { inv_adapter: (options.inv_adapter as string) === 'glow' ? 'glow' : null },
    { inv_adapter: null },
    at,
    {
      inv_adapter: 'Use "nice", or the adapter with the Python library.',
    },
  );
  if (options.inv_adapter === null || options.inv_adapter_reduction_factor !== null) return options;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: `${at}.inv_adapter_reduction_factor`,
    expected: 'a number above 0',
    got: 'none',
    fix: 'Give it, for example 2.',
  });
}

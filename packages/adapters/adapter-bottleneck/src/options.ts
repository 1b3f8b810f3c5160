import {
  AdapterFusionError,
  camelCase,
  option,
  parseOptions,
  refuseUnimplemented,
  unimplementedOptions,
  type OptionSpec,
} from '@adapterfusion/contracts';
import { checkActivation } from '@adapterfusion/tensor';

/** What a bottleneck adapter can be set to; names and meanings as in AdapterHub's `BnConfig`. */
interface BottleneckSettings {
  /** Acts after the attention sub-layer. */
  readonly mh_adapter: boolean;
  /** Acts after the feed-forward sub-layer. */
  readonly output_adapter: boolean;
  /**
   * The bottleneck is the hidden width divided by this, rounded down, at least 1; below 1 it widens. Either one number or
   * one a layer: `{ "0": 4, "default": 16 }`.
   */
  readonly reduction_factor: number | { readonly [layer: string]: number };
  /** Name of the activation between the two projections. */
  readonly non_linearity: string;
  /** Reads the sub-layer's output after the residual and the pretrained norm, instead of before. */
  readonly original_ln_before: boolean;
  /** Adds the sub-layer's residual and applies the pretrained norm at the end. */
  readonly original_ln_after: boolean;
  /** A layer norm of its own on what is read. */
  readonly ln_before: boolean;
  /** A layer norm of its own on the result. */
  readonly ln_after: boolean;
  /**
   * Initial weights. `bert`: normal, deviation 0.02; `mam_adapter`: uniform ±1/√width down, zero up; `houlsby`: normal,
   * deviation 0.01, cut off at ±0.02. Biases are 0.
   */
  readonly init_weights: 'bert' | 'mam_adapter' | 'houlsby';
  /** Where set, every site starts from the same numbers, which depend on this seed alone. */
  readonly init_weights_seed: number | null;
  /** Reads what entered the sub-layer, instead of what left it. */
  readonly is_parallel: boolean;
  /** Factor of the contribution: a number, `learned` (one number) or `channel` (one a channel), both 1 at first. */
  readonly scaling: number | 'learned' | 'channel';
  /** A learned gate on the contribution: one number a row, the mean over its tokens. */
  readonly use_gating: boolean;
  /**
   * What a sequential adapter adds its contribution to. `true`: the value before the pretrained norm; `"post_add"`: the
   * same plus the sub-layer's residual; `false`: what the adapter reads.
   */
  readonly residual_before_ln: boolean | 'post_add';
  /** Adds the adapter's residual before its `ln_after` instead of after. */
  readonly adapter_residual_before_ln: boolean;
  /** Layers without an adapter, counted from 0. */
  readonly leave_out: readonly number[];
  /** Dropout probability on the contribution, in single use. */
  readonly dropout: number;
}

/** Settings of Compacter's projections and of invertible layers, for the methods that have them. */
interface ExtendedSettings {
  /** An invertible layer after the embeddings: `nice` (Dinh et al. 2015), or none. */
  readonly inv_adapter: 'nice' | null;
  /** Half the hidden width over the width inside of the invertible layer; needed with `inv_adapter`. */
  readonly inv_adapter_reduction_factor: number | null;
  /** Both projections are sums of Kronecker products (Mahabadi et al. 2021). */
  readonly phm_layer: boolean;
  /** How many products; divides the widths. */
  readonly phm_dim: number;
  /** Whether the larger factors are products of two of rank `phm_rank`. */
  readonly factorized_phm_W: boolean;
  /** Whether all sites share them. */
  readonly shared_W_phm: boolean;
  /** Whether all sites share the smaller factors, the rule. */
  readonly shared_phm_rule: boolean;
  /** Whether these are products of two of rank 1. */
  readonly factorized_phm_rule: boolean;
  /** How they start: normal with the deviation `phm_init_range`, or uniform in [-1, 1); of one site a hundredth in both cases. */
  readonly phm_c_init: 'normal' | 'uniform';
  readonly phm_init_range: number;
  readonly phm_rank: number;
  readonly phm_bias: boolean;
}

/** How {@link ExtendedSettings} are checked. */
export type ExtendedSpecs = { readonly [K in keyof ExtendedSettings]: OptionSpec<ExtendedSettings[K]> };

/** Their values for methods that have none of them. */
const PLAIN = {
  inv_adapter: null,
  inv_adapter_reduction_factor: null,
  phm_layer: false,
  phm_dim: 4,
  factorized_phm_W: true,
  shared_W_phm: false,
  shared_phm_rule: true,
  factorized_phm_rule: false,
  phm_c_init: 'normal',
  phm_init_range: 0.0001,
  phm_rank: 1,
  phm_bias: true,
} as const;

/** Keys of `BnConfig` that are accepted at these values only. */
const unimplemented = {
  cross_adapter: false,
  learn_phm: true,
  hypercomplex_nonlinearity: 'glorot-uniform',
  stochastic_depth: 0,
} as const;

/** All keys of AdapterHub's `BnConfig`; those in none of the settings only at their defaults. */
export type BottleneckOptions = BottleneckSettings & ExtendedSettings & typeof unimplemented;

/** The keys without a default of their own. */
type Essential = Pick<BottleneckSettings, 'mh_adapter' | 'output_adapter' | 'reduction_factor' | 'non_linearity'>;

/** What a named method has instead of `BnConfig`'s defaults. */
export type Defaults = Essential & Partial<BottleneckSettings & ExtendedSettings>;

/** @internal */
export const isFactor = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value > 0;

const reductionFactor = (value: number | { readonly [layer: string]: number }): OptionSpec<typeof value> =>
  option.custom(value, (got) => {
    const map = typeof got === 'object' && got !== null && !Array.isArray(got) ? Object.entries(got) : [];
    const fits = map.length > 0 && map.every(([key, factor]) => /^(\d+|default)$/.test(key) && isFactor(factor));
    return isFactor(got) || fits
      ? undefined
      : 'a number above 0, or such numbers by layer as { "0": 4, "default": 16 }';
  });

const scaling: OptionSpec<BottleneckSettings['scaling']> = option.custom<BottleneckSettings['scaling']>(1, (got) =>
  got === 'learned' || got === 'channel' || (typeof got === 'number' && Number.isFinite(got))
    ? undefined
    : 'a number, "learned" or "channel"',
);

type Specs = { readonly [K in keyof BottleneckOptions]: OptionSpec<BottleneckOptions[K]> };

/** The specs of all options, some with other defaults than `BnConfig` gives them. */
function specsWith(defaults: Defaults, extended?: ExtendedSpecs): Specs {
  const settings: { readonly [K in keyof BottleneckSettings]: OptionSpec<BottleneckSettings[K]> } = {
    mh_adapter: option.boolean(false),
    output_adapter: option.boolean(true),
    reduction_factor: reductionFactor(16),
    non_linearity: option.custom('relu', (got) => (typeof got === 'string' ? undefined : 'the name of an activation')),
    original_ln_before: option.boolean(false),
    original_ln_after: option.boolean(true),
    ln_before: option.boolean(false),
    ln_after: option.boolean(false),
    init_weights: option.choice('bert', ['bert', 'mam_adapter', 'houlsby']),
    init_weights_seed: option.wholeOrNull(null),
    is_parallel: option.boolean(false),
    scaling,
    use_gating: option.boolean(false),
    residual_before_ln: option.choice(true, [true, false, 'post_add']),
    adapter_residual_before_ln: option.boolean(false),
    leave_out: option.layers([]),
    dropout: option.number(0, { min: 0, max: 0.999 }),
  };
  const specs: Record<string, OptionSpec<unknown>> = {
    ...settings,
    ...(extended ?? unimplementedOptions(PLAIN)),
    ...unimplementedOptions(unimplemented),
  };
  for (const [key, value] of Object.entries(defaults)) specs[key] = { ...specs[key]!, default: value };
  return specs as unknown as Specs;
}

const ELSEWHERE = {
  phm_layer: 'Use the method "compacter", "compacter_pp" or "bottleneck".',
  inv_adapter: 'Use the method "seq_bn_inv", "double_seq_bn_inv" or "bottleneck".',
};

const noDefaults: Essential = { mh_adapter: false, output_adapter: false, reduction_factor: 1, non_linearity: 'relu' };

/**
 * Checks options and fills in the defaults.
 * @param defaults of a named method, or undefined where `mh_adapter`, `output_adapter`, `reduction_factor` and
 *   `non_linearity` have to be given
 * @param extended how the {@link ExtendedSettings} are checked; absent for a method without them
 * @throws OPTIONS_INVALID for an unknown key, a wrong type, a value out of range, a missing key
 * @throws UNSUPPORTED for a key of `BnConfig` that is not implemented, at another value than its default
 */
export function parseBottleneckOptions(
  input: unknown,
  at: string,
  defaults: Defaults | undefined,
  extended?: ExtendedSpecs,
): BottleneckOptions {
  const options = parseOptions(specsWith(defaults ?? noDefaults, extended), input, at);
  const given = input as Record<string, unknown>;
  const missing = defaults
    ? undefined
    : Object.keys(noDefaults).find((key) => given[key] === undefined && given[camelCase(key)] === undefined);
  if (missing !== undefined)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: `${at}.${missing}`,
      expected: 'a value, as it has no default',
      got: 'none',
      fix: 'Give it, or use seq_bn, double_seq_bn or par_bn.',
    });
  refuseUnimplemented(options, unimplemented, at);
  if (!extended) refuseUnimplemented(options, PLAIN, at, ELSEWHERE);
  return Object.freeze({ ...options, non_linearity: checkActivation(options.non_linearity, `${at}.non_linearity`) });
}

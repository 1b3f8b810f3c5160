import {
  option,
  parseOptions,
  refuseUnimplemented,
  unimplementedOptions,
  type OptionSpec,
} from '@adapterfusion/contracts';
import { checkActivation } from '@adapterfusion/tensor';

/** What prefix tuning can be set to; names and meanings as in AdapterHub's `PrefixTuningConfig`. */
interface PrefixTuningSettings {
  /** How many positions are put before the tokens. */
  readonly prefix_length: number;
  /** Keys and values are parameters themselves, and not made by a small network. */
  readonly flat: boolean;
  /** Width inside of that network. */
  readonly bottleneck_size: number;
  /** Its activation. */
  readonly non_linearity: string;
  /** Dropout probability on keys and values. */
  readonly dropout: number;
  /** Layers without prefix, counted from 0. */
  readonly leave_out: readonly number[];
  /** For decoders in the Python library; an encoder has no attention to another model's states. */
  readonly cross_prefix: boolean;
}

/** Keys of `PrefixTuningConfig` that are accepted at these values only. */
const unimplemented = {
  encoder_prefix: true,
  use_gating: false,
  shared_gating: true,
  init_weights_seed: null,
} as const;

/** All keys of AdapterHub's `PrefixTuningConfig`; those that are not in {@link PrefixTuningSettings} only at their defaults. */
export type PrefixTuningOptions = PrefixTuningSettings & typeof unimplemented;

const whole = (value: number): OptionSpec<number> => option.number(value, { min: 1, integer: true });

const specs = {
  prefix_length: whole(30),
  flat: option.boolean(false),
  bottleneck_size: whole(512),
  non_linearity: option.custom('tanh', (got) => (typeof got === 'string' ? undefined : 'the name of an activation')),
  dropout: option.number(0, { min: 0, max: 0.999 }),
  leave_out: option.layers([]),
  cross_prefix: option.boolean(true),
  ...unimplementedOptions(unimplemented),
};

/**
 * Checks options and fills in the defaults.
 * @throws OPTIONS_INVALID for an unknown key, a wrong type, a value out of range
 * @throws UNSUPPORTED for a key of `PrefixTuningConfig` that is not implemented, at another value than its default
 */
export function parsePrefixTuningOptions(input: unknown): PrefixTuningOptions {
  const options = parseOptions(specs, input, 'prefix_tuning');
  refuseUnimplemented(options, unimplemented, 'prefix_tuning');
  return Object.freeze({
    ...options,
    non_linearity: checkActivation(options.non_linearity, 'prefix_tuning.non_linearity'),
  });
}

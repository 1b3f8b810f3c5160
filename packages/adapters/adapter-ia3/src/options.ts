import {
  checkProjections,
  option,
  parseOptions,
  projectionOptions,
  refuseUnimplemented,
  unimplementedOptions,
  type Projections,
} from '@adapterfusion/contracts';

/** What (IA)³ can be set to; names and meanings as in AdapterHub's `IA3Config`. */
interface Ia3Settings extends Projections {
  /** Factor of the learned vector. */
  readonly alpha: number;
  /** Initial values: `ia3`: 1, so that nothing changes at first; `bert`: normal, deviation 0.02; `lora`: 0. */
  readonly init_weights: 'ia3' | 'bert' | 'lora';
  /** Where set, every site starts from the same numbers, which depend on this seed alone. */
  readonly init_weights_seed: number | null;
}

/** Keys of `IA3Config` that are accepted at these values only. */
const unimplemented = {
  r: 1,
  dropout: 0,
  composition_mode: 'scale',
  use_gating: false,
  use_dora: false,
  vera_d: null,
  vera_b: null,
  dtype: null,
} as const;

/** All keys of AdapterHub's `IA3Config`; those that are not in {@link Ia3Settings} only at their defaults. */
export type Ia3Options = Ia3Settings & typeof unimplemented;

const specs = {
  ...projectionOptions({
    selfattn_lora: true,
    intermediate_lora: true,
    output_lora: false,
    attn_matrices: ['k', 'v'],
    leave_out: [],
  }),
  alpha: option.number(1),
  init_weights: option.choice<Ia3Settings['init_weights']>('ia3', ['ia3', 'bert', 'lora']),
  init_weights_seed: option.wholeOrNull(null),
  ...unimplementedOptions(unimplemented),
};

/**
 * Checks options and fills in the defaults.
 * @throws OPTIONS_INVALID for an unknown key, a wrong type, a value out of range, options under which nothing is adapted
 * @throws UNSUPPORTED for a key of `IA3Config` that is not implemented, at another value than its default
 */
export function parseIa3Options(input: unknown): Ia3Options {
  const options = parseOptions(specs, input, 'ia3');
  refuseUnimplemented(options, unimplemented, 'ia3', { composition_mode: 'Use the method "lora", which adds.' });
  checkProjections(options, 'ia3');
  return options;
}

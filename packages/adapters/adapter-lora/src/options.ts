import {
  checkProjections,
  option,
  parseOptions,
  projectionOptions,
  refuseUnimplemented,
  unimplementedOptions,
  type Projections,
} from '@adapterfusion/contracts';

/** What LoRA can be set to; names and meanings as in AdapterHub's `LoRAConfig`. */
interface LoraSettings extends Projections {
  /** Rank of the update. */
  readonly r: number;
  /** The update is scaled by `alpha / r`. */
  readonly alpha: number;
  /** Dropout probability on what the update reads, in single use. */
  readonly dropout: number;
  /**
   * Initial weights. `lora`: A uniform ±1/√width, B zero, so that nothing changes at first; `bert`: both normal, deviation
   * 0.02; `ia3`: both 1.
   */
  readonly init_weights: 'lora' | 'bert' | 'ia3';
  /** Where set, every site starts from the same numbers, which depend on this seed alone. */
  readonly init_weights_seed: number | null;
  /** A learned gate in the place of `alpha / r`: one number a row, the mean over its tokens. */
  readonly use_gating: boolean;
}

/** Keys of `LoRAConfig` that are accepted at these values only. */
const unimplemented = { composition_mode: 'add', use_dora: false, vera_d: null, vera_b: null, dtype: null } as const;

/** All keys of AdapterHub's `LoRAConfig`; those that are not in {@link LoraSettings} only at their defaults. */
export type LoraOptions = LoraSettings & typeof unimplemented;

const specs = {
  ...projectionOptions({
    selfattn_lora: true,
    intermediate_lora: false,
    output_lora: false,
    attn_matrices: ['q', 'v'],
    leave_out: [],
  }),
  r: option.number(8, { min: 1, integer: true }),
  alpha: option.number(8),
  dropout: option.number(0, { min: 0, max: 0.999 }),
  init_weights: option.choice<LoraSettings['init_weights']>('lora', ['lora', 'bert', 'ia3']),
  init_weights_seed: option.wholeOrNull(null),
  use_gating: option.boolean(false),
  ...unimplementedOptions(unimplemented),
};

/**
 * Checks options and fills in the defaults.
 * @throws OPTIONS_INVALID for an unknown key, a wrong type, a value out of range, options under which nothing is adapted
 * @throws UNSUPPORTED for a key of `LoRAConfig` that is not implemented, at another value than its default
 */
export function parseLoraOptions(input: unknown): LoraOptions {
  const options = parseOptions(specs, input, 'lora');
  refuseUnimplemented(options, unimplemented, 'lora', { composition_mode: 'Use the method "ia3", which scales.' });
  checkProjections(options, 'lora');
  return options;
}

import {
  AdapterFusionError,
  option,
  parseOptions,
  refuseUnimplemented,
  unimplementedOptions,
} from '@adapterfusion/contracts';

/** A projection of the attention sub-layer: query, key, value or output. */
type AttentionMatrix = 'q' | 'k' | 'v' | 'o';

/** What LoRA can be set to; names and meanings as in AdapterHub's `LoRAConfig`. */
interface LoraSettings {
  /** Acts at the projections of attention that `attn_matrices` names. */
  readonly selfattn_lora: boolean;
  /** Acts at the first projection of the feed-forward sub-layer. */
  readonly intermediate_lora: boolean;
  /** Acts at the second projection of the feed-forward sub-layer. */
  readonly output_lora: boolean;
  /** Which projections of attention: query, key, value, output. */
  readonly attn_matrices: readonly AttentionMatrix[];
  /** Layers without an adapter, counted from 0. */
  readonly leave_out: readonly number[];
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

const MATRICES: readonly unknown[] = ['q', 'k', 'v', 'o'];

const specs = {
  selfattn_lora: option.boolean(true),
  intermediate_lora: option.boolean(false),
  output_lora: option.boolean(false),
  attn_matrices: option.custom<readonly AttentionMatrix[]>(['q', 'v'], (got) =>
    Array.isArray(got) && got.every((each) => MATRICES.includes(each)) ? undefined : 'a list of "q", "k", "v", "o"',
  ),
  leave_out: option.layers([]),
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
  const { selfattn_lora, intermediate_lora, output_lora, attn_matrices } = options;
  if (!intermediate_lora && !output_lora && !(selfattn_lora && attn_matrices.length > 0))
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'lora',
      expected: 'at least one projection to adapt',
      got: 'none',
      fix: 'Set selfattn_lora with attn_matrices, intermediate_lora or output_lora.',
    });
  return options;
}

import {
  AdapterFusionError,
  option,
  parseOptions,
  refuseUnimplemented,
  unimplementedOptions,
} from '@adapterfusion/contracts';

/** A projection of the attention sub-layer: query, key, value or output. */
type AttentionMatrix = 'q' | 'k' | 'v' | 'o';

/** What (IA)³ can be set to; names and meanings as in AdapterHub's `IA3Config`. */
interface Ia3Settings {
  /** Acts at the projections of attention that `attn_matrices` names. */
  readonly selfattn_lora: boolean;
  /** Acts at the first projection of the feed-forward sub-layer, before its activation. */
  readonly intermediate_lora: boolean;
  /** Acts at the second projection of the feed-forward sub-layer. */
  readonly output_lora: boolean;
  /** Which projections of attention: query, key, value, output. */
  readonly attn_matrices: readonly AttentionMatrix[];
  /** Layers without an adapter, counted from 0. */
  readonly leave_out: readonly number[];
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

const MATRICES: readonly unknown[] = ['q', 'k', 'v', 'o'];

const specs = {
  selfattn_lora: option.boolean(true),
  intermediate_lora: option.boolean(true),
  output_lora: option.boolean(false),
  attn_matrices: option.custom<readonly AttentionMatrix[]>(['k', 'v'], (got) =>
    Array.isArray(got) && got.every((each) => MATRICES.includes(each)) ? undefined : 'a list of "q", "k", "v", "o"',
  ),
  leave_out: option.layers([]),
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
  const { selfattn_lora, intermediate_lora, output_lora, attn_matrices } = options;
  if (!intermediate_lora && !output_lora && !(selfattn_lora && attn_matrices.length > 0))
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'ia3',
      expected: 'at least one projection to adapt',
      got: 'none',
      fix: 'Set selfattn_lora with attn_matrices, intermediate_lora or output_lora.',
    });
  return options;
}

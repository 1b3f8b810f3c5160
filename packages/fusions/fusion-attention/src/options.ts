import { option, parseOptions, type OptionsOf } from '@adapterfusion/contracts';

const specs = {
  /** Project the query. */
  query: option.boolean(true),
  /** Project the keys. */
  key: option.boolean(true),
  /** Project the values. */
  value: option.boolean(true),
  /** Take the query before the site's norm instead of after it. */
  query_before_ln: option.boolean(false),
  /** Pull the value projection towards the identity: a penalty of 0.01·‖I − W_V‖². */
  regularization: option.boolean(true),
  /** Add the residual to every child before mixing instead of once afterwards. */
  residual_before: option.boolean(false),
  /** Divide the logits by a temperature that falls from 50 to 1 by 0.05 a training step; 1 in evaluation. */
  temperature: option.boolean(false),
  /** Project the values before mixing or after; the two are the same function, computed once after mixing here. */
  value_before_softmax: option.boolean(true),
  /** Start the value projection near the identity instead of at random. */
  value_initialized: option.boolean(true),
  /**
   * Initial parameters. `reference`: as the reference's; `average`: equal attention to all children and values unchanged, so
   * that the fusion starts as the mean of the contributions.
   */
  initial: option.choice<'reference' | 'average'>('reference', ['reference', 'average']),
  /** Dropout on the logits while training, 0 to 1; null takes the encoder's attention dropout. */
  dropout_prob: option.custom<number | null>(null, (value) =>
    value === null || (typeof value === 'number' && value >= 0 && value < 1)
      ? undefined
      : 'null or a number from 0 to 1',
  ),
};

/** The reference's `AdapterFusionConfig`, key by key, and `initial`. */
export type AttentionOptions = OptionsOf<typeof specs>;

/** Complete options of the dynamic fusion, the default. @throws OPTIONS_INVALID */
export const parseDynamic = (input: unknown): AttentionOptions => parseOptions(specs, input, 'fusion-attention');

/** Complete options of the static fusion: no value projection. @throws OPTIONS_INVALID */
export const parseStatic = (input: unknown): AttentionOptions =>
  parseOptions(
    {
      ...specs,
      value: option.boolean(false),
      regularization: option.boolean(false),
      value_initialized: option.boolean(false),
    },
    input,
    'fusion-attention',
  );

import { AdapterFusionError } from './errors.js';
import { checkLeftOut, option, type OptionSpec } from './options.js';
import type { Site } from './site.js';

/** Locations of attention's projections by their letter in `attn_matrices`. */
export const ATTENTION_LOCATIONS = { q: 'query', k: 'key', v: 'value', o: 'attention_output' } as const;

/** Options of a method that acts at an encoder's projections; names and meanings as in AdapterHub's `LoRAConfig`. */
export interface Projections {
  /** Acts at the projections of attention that `attn_matrices` names. */
  readonly selfattn_lora: boolean;
  /** Acts at the first projection of the feed-forward sub-layer, before its activation. */
  readonly intermediate_lora: boolean;
  /** Acts at the second projection of the feed-forward sub-layer. */
  readonly output_lora: boolean;
  /** Which projections of attention: query, key, value, output. */
  readonly attn_matrices: readonly (keyof typeof ATTENTION_LOCATIONS)[];
  /** Layers without an adapter, counted from 0. */
  readonly leave_out: readonly number[];
}

const isLetter = (value: unknown): boolean => typeof value === 'string' && Object.hasOwn(ATTENTION_LOCATIONS, value);

/** Specs of {@link Projections} for `parseOptions`, with a method's own defaults. */
export function projectionOptions(defaults: Projections): {
  readonly [K in keyof Projections]: OptionSpec<Projections[K]>;
} {
  return {
    selfattn_lora: option.boolean(defaults.selfattn_lora),
    intermediate_lora: option.boolean(defaults.intermediate_lora),
    output_lora: option.boolean(defaults.output_lora),
    attn_matrices: option.custom(defaults.attn_matrices, (got) =>
      Array.isArray(got) && got.every(isLetter) ? undefined : 'a list of "q", "k", "v", "o"',
    ),
    leave_out: option.layers(defaults.leave_out),
  };
}

/** @param at the method's name, for messages @throws OPTIONS_INVALID for options under which nothing is adapted */
export function checkProjections(options: Projections, at: string): void {
  const { selfattn_lora, intermediate_lora, output_lora, attn_matrices } = options;
  if (!intermediate_lora && !output_lora && !(selfattn_lora && attn_matrices.length > 0))
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at,
      expected: 'at least one projection to adapt',
      got: 'none',
      fix: 'Set selfattn_lora with attn_matrices, intermediate_lora or output_lora.',
    });
}

/**
 * A method's `actsAt`: at the `linear` sites that the options choose.
 * @param layers how many the backbone has
 * @param at the method's name, for messages
 * @throws OPTIONS_INVALID where layers are left out that the backbone lacks
 */
export function atProjections(options: Projections, layers: number, at: string): (site: Site) => boolean {
  checkLeftOut(options.leave_out, layers, at);
  const locations = new Set<string>([
    ...(options.selfattn_lora ? options.attn_matrices.map((letter) => ATTENTION_LOCATIONS[letter]) : []),
    ...(options.intermediate_lora ? ['intermediate'] : []),
    ...(options.output_lora ? ['output'] : []),
  ]);
  return ({ role, location, layer }) =>
    role === 'linear' && locations.has(location) && !options.leave_out.includes(layer);
}

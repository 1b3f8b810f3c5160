import { AdapterFusionError } from './errors.js';
import { nearest } from './nearest.js';

/** How one option is checked: returns what is wrong, or undefined. */
type Check = (value: unknown) => string | undefined;

/** One option: its default and what it may be. */
export interface OptionSpec<T> {
  readonly default: T;
  readonly check: Check;
}

/** Kinds of option, for {@link parseOptions}. */
export const option = {
  number: (value: number, range: { min?: number; max?: number; integer?: boolean } = {}): OptionSpec<number> => ({
    default: value,
    check: (got) => {
      const words = `${range.integer ? 'a whole number' : 'a number'}${range.min === undefined ? '' : ` of at least ${range.min}`}${range.max === undefined ? '' : `, at most ${range.max}`}`;
      const fits =
        typeof got === 'number' &&
        Number.isFinite(got) &&
        (!range.integer || Number.isInteger(got)) &&
        got >= (range.min ?? -Infinity) &&
        got <= (range.max ?? Infinity);
      return fits ? undefined : words;
    },
  }),
  boolean: (value: boolean): OptionSpec<boolean> => ({
    default: value,
    check: (got) => (typeof got === 'boolean' ? undefined : 'true or false'),
  }),
  choice: <const C extends string | number | boolean | null>(
    value: NoInfer<C>,
    choices: readonly C[],
  ): OptionSpec<C> => ({
    default: value,
    check: (got) =>
      choices.includes(got as C) ? undefined : `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`,
  }),
  /** Anything that `check` accepts; `check` returns what was expected when it does not. */
  custom: <T>(value: T, check: Check): OptionSpec<T> => ({ default: value, check }),
};

/** The options that a table of specs describes. */
export type OptionsOf<S> = { readonly [K in keyof S]: S[K] extends OptionSpec<infer T> ? T : never };

/**
 * Checks options against a table and fills in the defaults.
 * @param at where the options stand, for messages: a file and path, or the plugin's name
 * @throws OPTIONS_INVALID for an unknown key (the nearest name is suggested), a wrong type, a value out of range
 */
export function parseOptions<S extends Record<string, OptionSpec<unknown>>>(
  specs: S,
  input: unknown,
  at: string,
): OptionsOf<S> {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw invalid(at, 'an object of options', JSON.stringify(input), 'Give options as { name: value }.');
  const given = input as Record<string, unknown>;
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(specs, key)) continue;
    const near = nearest(key, Object.keys(specs));
    const known = `Known options: ${Object.keys(specs).join(', ')}.`;
    throw invalid(at, 'a known option', JSON.stringify(key), near ? `Did you mean "${near}"? ${known}` : known);
  }
  const result: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(specs)) {
    const value = given[key] === undefined ? spec.default : given[key];
    const wrong = spec.check(value);
    if (wrong !== undefined)
      throw invalid(
        `${at}.${key}`,
        wrong,
        JSON.stringify(value) ?? String(value),
        `Default: ${JSON.stringify(spec.default)}.`,
      );
    result[key] = value;
  }
  return Object.freeze(result) as OptionsOf<S>;
}

function invalid(at: string, expected: string, got: string, fix: string): AdapterFusionError {
  return new AdapterFusionError('OPTIONS_INVALID', { at, expected, got, fix });
}

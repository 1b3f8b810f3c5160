import { camelCase } from './camel-case.js';
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
  /** A whole number, or null for none. */
  wholeOrNull: (value: number | null): OptionSpec<number | null> => ({
    default: value,
    check: (got) => (got === null || Number.isSafeInteger(got) ? undefined : 'a whole number or null'),
  }),
  /** Layers of a backbone, counted from 0. */
  layers: (value: readonly number[]): OptionSpec<readonly number[]> => ({
    default: value,
    check: (got) =>
      Array.isArray(got) && got.every((layer) => Number.isInteger(layer) && layer >= 0)
        ? undefined
        : 'a list of layers, counted from 0',
  }),
  /** Anything that `check` accepts; `check` returns what was expected when it does not. */
  custom: <T>(value: T, check: Check): OptionSpec<T> => ({ default: value, check }),
};

/**
 * Specs of options that are known but not implemented: each is accepted at one value, which means "not used".
 * {@link refuseUnimplemented} refuses the others.
 */
export function unimplementedOptions<const T extends Record<string, string | number | boolean | null>>(
  only: T,
): { readonly [K in keyof T]: OptionSpec<T[K]> } {
  const specs = Object.entries(only).map(([key, value]) => [key, { default: value, check: () => undefined }]);
  return Object.fromEntries(specs) as { readonly [K in keyof T]: OptionSpec<T[K]> };
}

/** @param fixes advice for some of the options @throws UNSUPPORTED for one of `only` at another value */
export function refuseUnimplemented(
  options: object,
  only: Record<string, string | number | boolean | null>,
  at: string,
  fixes: Record<string, string> = {},
): void {
  for (const [key, value] of Object.entries(only)) {
    const got = (options as Record<string, unknown>)[key];
    if (got !== value)
      throw new AdapterFusionError('UNSUPPORTED', {
        at: `${at}.${key}`,
        expected: JSON.stringify(value),
        got: JSON.stringify(got),
        fix: fixes[key] ?? `The option "${key}" is not implemented; leave it out.`,
      });
  }
}

/** @param layers how many the backbone has @throws OPTIONS_INVALID where layers are left out that it has not */
export function checkLeftOut(leaveOut: readonly number[], layers: number, at: string): void {
  const beyond = leaveOut.find((layer) => layer >= layers);
  if (beyond !== undefined)
    throw invalid(
      `${at}.leave_out`,
      `layers from 0 to ${layers - 1}`,
      String(beyond),
      'The backbone has no such layer.',
    );
}

/** The options that a table of specs describes. */
export type OptionsOf<S> = { readonly [K in keyof S]: S[K] extends OptionSpec<infer T> ? T : never };

/**
 * Checks options against a table and fills in the defaults. An option in snake case may be given in camel case; the result
 * has the names of the table.
 * @param at where the options stand, for messages: a file and path, or the plugin's name
 * @throws OPTIONS_INVALID for an unknown key (the nearest name is suggested), an option in both
 *   spellings, a wrong type, a value out of range
 */
export function parseOptions<S extends Record<string, OptionSpec<unknown>>>(
  specs: S,
  input: unknown,
  at: string,
): OptionsOf<S> {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw invalid(at, 'an object of options', JSON.stringify(input), 'Give options as { name: value }.');
  const given = input as Record<string, unknown>;
  const names = Object.keys(specs);
  const camelCased = names.map(camelCase);
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(specs, key) || camelCased.includes(key)) continue;
    const near = nearest(key, /[A-Z]/.test(key) ? [...names, ...camelCased] : names);
    const known = `Known options: ${names.join(', ')}.`;
    throw invalid(at, 'a known option', JSON.stringify(key), near ? `Did you mean "${near}"? ${known}` : known);
  }
  const result: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(specs)) {
    const [name = key, second] = new Set([key, camelCase(key)].filter((each) => given[each] !== undefined));
    if (second !== undefined)
      throw invalid(at, `either "${name}" or "${second}"`, 'both', 'They are the same option: remove one.');
    const value = given[name] === undefined ? spec.default : given[name];
    const wrong = spec.check(value);
    if (wrong !== undefined)
      throw invalid(
        `${at}.${name}`,
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

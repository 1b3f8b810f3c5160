import { AdapterFusionError, nearest } from '@adapterfusion/contracts';
import { isObject, shown } from './json.js';

/** A value in a manifest with its place, and checks that throw BUNDLE_INVALID naming that place. */
export interface Checker {
  readonly value: unknown;
  /** File and place: `adapterfusion.json: files["x"].sha256`. */
  readonly where: string;
  /** The value is an object with these keys and no other. */
  keys(required: readonly string[], optional?: readonly string[]): void;
  has(key: string): boolean;
  at(key: string): Checker;
  /** The entries of an object of any keys. */
  entries(): [string, Checker][];
  items(check: (item: Checker) => void): void;
  text(): void;
  number(): void;
  count(least: number): void;
  hash(): void;
  oneOf(choices: readonly string[]): void;
  require(holds: boolean, expected: string, got?: string): void;
}

/** @param path the place within the file, empty for the whole */
export function checker(value: unknown, file: string, path: string): Checker {
  const where = path === '' ? file : `${file}: ${path}`;
  const require = (holds: boolean, expected: string, got = shown(value), fix = 'Save the bundle again.') => {
    if (!holds) throw new AdapterFusionError('BUNDLE_INVALID', { at: where, expected, got, fix });
  };
  const object = (): Record<string, unknown> => {
    require(isObject(value), 'an object');
    return value as Record<string, unknown>;
  };
  const inner = (key: string) => {
    const step = /^[a-zA-Z]\w*$/.test(key) ? `${path === '' ? '' : '.'}${key}` : `[${JSON.stringify(key)}]`;
    return checker(object()[key], file, path + step);
  };
  return {
    value,
    where,
    keys(required, optional = []) {
      const known = [...required, ...optional];
      for (const key of Object.keys(object())) {
        const near = nearest(key, known);
        const fix = near === undefined ? `Known keys: ${known.join(', ')}.` : `Did you mean "${near}"?`;
        require(known.includes(key), 'no unknown key', JSON.stringify(key), fix);
      }
      for (const key of required) require(Object.hasOwn(object(), key), `the key "${key}"`, 'none');
    },
    has: (key) => Object.hasOwn(object(), key),
    at: inner,
    entries: () =>
      Object.keys(object()).map((key) => [key, checker(object()[key], file, `${path}[${JSON.stringify(key)}]`)]),
    items(check) {
      require(Array.isArray(value), 'a list');
      (value as unknown[]).forEach((item, index) => check(checker(item, file, `${path}[${index}]`)));
    },
    text: () => require(typeof value === 'string' && value !== '', 'a text that is not empty'),
    number: () => require(typeof value === 'number' && Number.isFinite(value), 'a number'),
    count: (least) =>
      require(Number.isSafeInteger(value) && Number(value) >= least, `a whole number, ${least} or more`),
    hash: () => require(typeof value === 'string' && /^[0-9a-f]{64}$/.test(value), '64 lower-case hexadecimal digits'),
    oneOf: (choices) => require(choices.includes(value as string), `one of ${choices.join(', ')}`),
    require,
  };
}

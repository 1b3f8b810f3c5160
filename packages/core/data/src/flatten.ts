import type { Value } from './columns.js';

/**
 * An object's scalars by name; those within lists and objects by dotted names: `choices.0.text`. What JSON cannot say is left
 * out.
 */
export function flatten(object: object): Record<string, Value> {
  const values: Record<string, Value> = {};
  const put = (name: string, value: unknown): void => {
    const scalar = scalarOf(value);
    if (scalar !== undefined) values[name] = scalar;
    else if (typeof value === 'object')
      for (const [key, inner] of Object.entries(value as object)) put(`${name}.${key}`, inner);
  };
  for (const [name, value] of Object.entries(object)) put(name, value);
  return values;
}

function scalarOf(value: unknown): Value | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

/** The column of a file in which a value of this dotted name lies. */
export const outermost = (name: string): string => name.split('.', 1)[0]!;

import type { Fields } from '@adapterfusion/contracts';
import { invalid, shown } from './invalid.js';

/**
 * The text in a field.
 * @param at `file:line`
 * @throws DATA_INVALID for one that is missing, empty or no text
 */
export function textField(fields: Fields, name: string, at: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw invalid(at, `text in the field ${shown(name)}`, shown(value), 'Fill in the text, or remove the row.');
}

/** The text in a field that may be missing; an empty one counts as text. @throws DATA_INVALID for what is no text */
export function optionalText(fields: Fields, name: string, at: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  return value === '' ? '' : textField(fields, name, at);
}

/**
 * The list in a field.
 * @param what names the items in messages, for example "texts"
 * @throws DATA_INVALID for one that is missing or no list, and for an item that is refused
 */
export function listField<T>(
  fields: Fields,
  name: string,
  at: string,
  what: string,
  isItem: (item: unknown) => item is T,
): readonly T[] {
  const value = fields[name];
  if (Array.isArray(value) && value.every(isItem)) return value;
  throw invalid(at, `a list of ${what} in the field ${shown(name)}`, shown(value), 'Correct the row, or remove it.');
}

import { option, parseOptions } from '@adapterfusion/contracts';
import type { Setup } from '@adapterfusion/runtime';

/** The longest input in tokens that a bundle was trained with; undefined where it does not say, as an import. */
export function trainedLength({ settings }: Setup['training']): number | undefined {
  const { maxLength } = (settings ?? {}) as { readonly maxLength?: unknown };
  return typeof maxLength === 'number' && Number.isInteger(maxLength) && maxLength > 0 ? maxLength : undefined;
}

/** The length that was asked for, checked. @param at names the option's owner in messages @throws OPTIONS_INVALID */
export function checkMaxLength(maxLength: number | undefined, at: string): number | undefined {
  if (maxLength === undefined) return undefined;
  return parseOptions({ maxLength: option.number(1, { min: 1, integer: true }) }, { maxLength }, at).maxLength;
}

import type { Example } from '@adapterfusion/contracts';
import type { Tokenizer, TokenRow } from '@adapterfusion/text';

/**
 * Tokens of a text, of a pair, or of a text with each of its choices as the second text.
 * @returns `truncated` is true when tokens of any of them were cut off
 */
export function encode(
  tokenizer: Tokenizer,
  { text, pair, choices }: Pick<Example, 'text' | 'pair' | 'choices'>,
  maxLength: number,
): { readonly row: TokenRow; readonly truncated: boolean } {
  const encodings = (choices ?? [pair]).map((second) => tokenizer.encode(text, second, { maxLength }));
  const truncated = encodings.some((encoding) => encoding.truncated);
  return { row: { group: encodings.map(({ ids, types }) => ({ ids, types })) }, truncated };
}

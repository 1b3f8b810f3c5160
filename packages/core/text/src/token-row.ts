/** The tokens of an input. */
export interface Tokens {
  readonly ids: readonly number[];
  /** Token types: 0 for the first text, 1 for the second. */
  readonly types: readonly number[];
}

/** The tokens of a row: of its text or pair; in multiple choice of its first choice. */
export interface TokenRow extends Tokens {
  /** Multiple choice: the other choices. */
  readonly more?: readonly Tokens[];
}

/** What goes through the encoder for a row. */
export function inputsOf(row: TokenRow): readonly Tokens[] {
  return row.more ? [row, ...row.more] : [row];
}

/** Tokens of the longest input of a row. */
export function lengthOf(row: TokenRow): number {
  return inputsOf(row).reduce((most, { ids }) => Math.max(most, ids.length), 0);
}

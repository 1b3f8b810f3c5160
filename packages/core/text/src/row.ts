/** The tokens of an input of the encoder. */
export interface Tokens {
  readonly ids: readonly number[];
  /** Token types: 0 for the first text, 1 for the second. */
  readonly types: readonly number[];
}

/** What is answered at once: inputs that are scored together, mostly a single one; the choices of a question are several. */
export interface TokenRow {
  readonly group: readonly Tokens[];
}

/** Tokens of the longest input of a row. */
export function lengthOf({ group }: TokenRow): number {
  return group.reduce((most, { ids }) => Math.max(most, ids.length), 0);
}

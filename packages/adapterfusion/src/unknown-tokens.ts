import type { Tokenizer, TokenRow } from '@adapterfusion/text';

/**
 * Share of unknown tokens above which a warning is given. A judgement, not a measurement: low enough to notice text in
 * another script or language, high enough that rare names and symbols do not warn.
 */
const MANY = 0.05;

/** How many tokens of texts an encoder does not know: those that its tokenizer replaces by its unknown token. */
export interface TokenCounts {
  /** Tokens of the texts, without special tokens. */
  readonly tokens: number;
  readonly unknown: number;
  /** Rows that have no token but unknown ones, and rows without a token. */
  readonly emptyRows: number;
  readonly rows: number;
}

/** Counts the tokens of rows. */
export class TokenCounter {
  readonly #unknown: number | undefined;
  readonly #special: ReadonlySet<number | undefined>;
  #counts = { tokens: 0, unknown: 0, emptyRows: 0, rows: 0 };

  constructor({ unknownId, padId, clsId, sepId }: Pick<Tokenizer, 'unknownId' | 'padId' | 'clsId' | 'sepId'>) {
    this.#unknown = unknownId;
    this.#special = new Set([padId, clsId, sepId]);
  }

  add({ group }: TokenRow): void {
    let [tokens, unknown] = [0, 0];
    for (const { ids } of group)
      for (const id of ids) {
        if (id === this.#unknown) unknown++;
        if (!this.#special.has(id)) tokens++;
      }
    const counts = this.#counts;
    this.#counts = {
      tokens: counts.tokens + tokens,
      unknown: counts.unknown + unknown,
      emptyRows: counts.emptyRows + Number(unknown === tokens),
      rows: counts.rows + 1,
    };
  }

  get counts(): TokenCounts {
    return this.#counts;
  }
}

/** The share of unknown tokens, in [0, 1]; of no tokens 0. */
export const unknownShare = ({ tokens, unknown }: TokenCounts): number => (tokens === 0 ? 0 : unknown / tokens);

/** Warnings about tokens that the encoder does not know. @param what names the rows, for example `reviews.csv, "train"` */
export function tokenWarnings(what: string, counts: TokenCounts): string[] {
  const { rows, emptyRows } = counts;
  const share = unknownShare(counts);
  const percent = (100 * share).toFixed(1);
  return [
    ...(share > MANY
      ? [`${what}: the encoder does not know ${percent} % of the tokens; use one that was trained on this language.`]
      : []),
    ...(emptyRows > 0
      ? [`${what}: ${emptyRows} of ${rows} rows have no token that the encoder knows; their predictions say nothing.`]
      : []),
  ];
}

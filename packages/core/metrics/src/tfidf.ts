import type { SparseRows } from './sparse-rows.js';

/** A text, or a pair of texts that is read as one, joined by a space. */
export type TfidfText = string | { readonly text: string; readonly pair?: string | undefined };

/** How {@link tfidf} counts. */
export interface TfidfOptions {
  /** Shortest and longest run of words that is a term. Default `[1, 2]` */
  readonly ngrams?: readonly [number, number];
  /** Count a term that occurs n times as 1 + ln n. Default false */
  readonly sublinear?: boolean;
  /** Texts in which a term must occur to be one. Default 1 */
  readonly minTexts?: number;
}

/** Turns texts into TF-IDF features. */
export interface TfidfVectorizer {
  /** Terms, in the order of the features. */
  readonly terms: readonly string[];
  /** Inverse document frequency of each term. */
  readonly idf: Float64Array;
  /** Rows of unit length, `[texts, terms]`; terms that are not known are left out, and a text without any is a row of zeros. */
  transform(texts: readonly TfidfText[]): SparseRows;
}

/** As Python's `\w`: letters, numbers and the underscore, but no marks. */
const WORD = /[\p{L}\p{N}_]{2,}/gu;

/**
 * TF-IDF features of runs of words, as scikit-learn's `TfidfVectorizer(ngram_range=(1, 2))`: lower case, words of two
 * characters or more, idf = ln((1 + texts) / (1 + texts with the term)) + 1, rows of unit length. Vocabulary and idf are
 * those of the training texts. A pure function.
 * @param texts the training texts
 */
export function tfidf(texts: readonly TfidfText[], options: TfidfOptions = {}): TfidfVectorizer {
  const { sublinear = false, minTexts = 1, ngrams = [1, 2] } = options;
  const documents = new Map<string, number>();
  for (const text of texts)
    for (const term of termCounts(text, ngrams).keys()) documents.set(term, (documents.get(term) ?? 0) + 1);
  const terms = [...documents.keys()].filter((term) => documents.get(term)! >= minTexts).sort();
  const idf = Float64Array.from(terms, (term) => Math.log((1 + texts.length) / (1 + documents.get(term)!)) + 1);
  const places = new Map(terms.map((term, place) => [term, place]));
  const rowOf = (text: TfidfText): { readonly index: number; readonly value: number }[] => {
    const row: { index: number; value: number }[] = [];
    for (const [term, count] of termCounts(text, ngrams)) {
      const index = places.get(term);
      if (index !== undefined) row.push({ index, value: (sublinear ? 1 + Math.log(count) : count) * idf[index]! });
    }
    const norm = Math.hypot(...row.map(({ value }) => value));
    return row.sort((a, b) => a.index - b.index).map(({ index, value }) => ({ index, value: value / norm }));
  };
  return {
    terms,
    idf,
    transform(given) {
      const rows = given.map(rowOf);
      const offsets = new Uint32Array(given.length + 1);
      rows.forEach((row, place) => (offsets[place + 1] = offsets[place]! + row.length));
      const entries = rows.flat();
      return {
        width: terms.length,
        offsets,
        indices: Uint32Array.from(entries, ({ index }) => index),
        values: Float64Array.from(entries, ({ value }) => value),
      };
    },
  };
}

/** How often each run of words occurs. */
function termCounts(text: TfidfText, [shortest, longest]: readonly [number, number]): Map<string, number> {
  const whole = typeof text === 'string' ? text : text.pair === undefined ? text.text : `${text.text} ${text.pair}`;
  const words = whole.toLowerCase().match(WORD) ?? [];
  const counts = new Map<string, number>();
  for (let length = shortest; length <= longest; length++)
    for (let from = 0; from + length <= words.length; from++) {
      const term = words.slice(from, from + length).join(' ');
      counts.set(term, (counts.get(term) ?? 0) + 1);
    }
  return counts;
}

import { AdapterFusionError, hash32 } from '@adapterfusion/contracts';
import type { Tokenizer } from '@adapterfusion/text';
import type { Corpus } from '@adapterfusion/corpus';
import type { Recipe } from './recipe.js';

/** Rows of token ids, one after another. */
export interface Rows {
  /** The student's ids, all rows in one. */
  readonly ids: Int32Array;
  /** Where each row begins; one more than there are rows. */
  readonly starts: Int32Array;
  /** How many tokens of each row have token type 0; the rest has 1. */
  readonly firsts: Int32Array;
}

/** Between a sentence's end and the next one's beginning. */
const BREAK = /(?<=[.!?]["”’')\]]?)\s+(?=["“‘'([]?[\p{Lu}\p{N}])/u;
const FEWEST_WORDS = 4;
/** How often a paragraph may be drawn. */
const PASSES = 8;

/** A paragraph's sentences; fragments of few words are left out. */
export function sentencesOf(paragraph: string): string[] {
  return paragraph.split(BREAK).filter((sentence) => sentence.split(/\s+/, FEWEST_WORDS).length >= FEWEST_WORDS);
}

/**
 * Draws rows from the whole corpus until `tokens` are reached: paragraphs in a seeded order, one row of each, then again.
 * A row is a sentence, or (every other one, where there are two) a sentence and the one after it as a pair with token
 * types 0 and 1. No sentence of a paragraph is in two rows, so that none of a row held out is trained on.
 */
export function drawRows(
  { paragraphs }: Corpus,
  tokenizer: Tokenizer,
  { seed, tokens, maxLength }: Pick<Recipe, 'seed' | 'tokens' | 'maxLength'>,
  progress: (tokens: number) => void = () => undefined,
): Rows {
  const ids = new Int32Array(tokens + maxLength);
  const [starts, firsts, taken] = [[0], [] as number[], new Set<string>()];
  let total = 0;
  const order = shuffled(paragraphs.length, seed);
  for (let pass = 0; pass < PASSES && total < tokens; pass++)
    for (const index of order) {
      if (total >= tokens) break;
      const sentences = sentencesOf(paragraphs[index]!);
      if (sentences.length === 0) continue;
      const draw = hash32(seed, pass, index);
      const pair = draw % 2 === 1 && sentences.length > 1;
      const at = (draw >>> 1) % (pair ? sentences.length - 1 : sentences.length);
      const places = pair ? [`${index} ${at}`, `${index} ${at + 1}`] : [`${index} ${at}`];
      if (places.some((place) => taken.has(place))) continue;
      for (const place of places) taken.add(place);
      const row = tokenizer.encode(sentences[at]!, pair ? sentences[at + 1]! : undefined, { maxLength });
      ids.set(row.ids, total);
      total += row.ids.length;
      starts.push(total);
      firsts.push(row.types.filter((type) => type === 0).length);
      if (firsts.length % 5000 === 0) progress(total);
    }
  return { ids: ids.slice(0, total), starts: Int32Array.from(starts), firsts: Int32Array.from(firsts) };
}

/** @throws DATA_INVALID where no row would be left to train on */
export function checkHeldOut(rows: number, { corpus, heldOut }: Pick<Recipe, 'corpus' | 'heldOut'>): void {
  if (rows > heldOut) return;
  throw new AdapterFusionError('DATA_INVALID', {
    at: corpus,
    expected: `more rows than the ${heldOut} that are held out`,
    got: String(rows),
    fix: 'Take a larger corpus, more --tokens or a smaller --held-out.',
  });
}

/** One row of them, as the loop takes it. */
export function rowOf({ ids, starts, firsts }: Rows, index: number): { ids: number[]; types: number[] } {
  const row = Array.from(ids.subarray(starts[index], starts[index + 1]));
  return { ids: row, types: row.map((_, at) => (at < firsts[index]! ? 0 : 1)) };
}

function shuffled(count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((hash32(seed, 0x726f7773, i) * (i + 1)) / 2 ** 32);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}

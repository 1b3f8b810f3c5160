import type { TaskTokenizer } from '@adapterfusion/contracts';

/** The tokens of a text, without special tokens. */
export interface TextTokens {
  readonly ids: readonly number[];
  /** Where each token begins and ends in the text, in UTF-16 units, without spaces around it. */
  readonly offsets: readonly (readonly [start: number, end: number])[];
}

/** Units that tokens are made of, characters or bytes, and the part of the text that each comes from. */
interface Source {
  readonly units: readonly string[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/**
 * Tokens of a text with their offsets. A token that the vocabulary lacks has the offsets of its whole word, which ends at a
 * space or at punctuation.
 */
export function tokenOffsets(tokenizer: TaskTokenizer, text: string): TextTokens {
  const { ids, tokens } = tokenizer.tokenize(text);
  const offsets = tokenizer.spelling === 'byte-level' ? byteSpans(tokens, text) : wordSpans(tokens, text, tokenizer);
  return { ids, offsets };
}

/** Every character of a token stands for a byte of the text; the first may stand for a space that the tokenizer adds. */
function byteSpans(tokens: readonly string[], text: string): [number, number][] {
  const encoder = new TextEncoder();
  const source = sourceOf(text, (character) =>
    Array.from(encoder.encode(character), (byte) => (byte === 32 ? ' ' : '.')),
  );
  const all = tokens.reduce((sum, token) => sum + [...token].length, 0);
  let at = all > source.units.length ? source.units.length - all : 0;
  return tokens.map((token) => {
    let from = Math.max(0, at);
    at += [...token].length;
    while (from < at - 1 && source.units[from] === ' ') from++;
    return span(source, from, at);
  });
}

/** Characters as the tokenizer normalises them are compared with the tokens. */
function wordSpans(tokens: readonly string[], text: string, tokenizer: TaskTokenizer): [number, number][] {
  const source = sourceOf(text, (character) => (character.trim() === '' ? [' '] : [...tokenizer.normalize(character)]));
  const { units } = source;
  let at = 0;
  return tokens.map((token) => {
    const surface =
      tokenizer.spelling === 'wordpiece' ? token.replace(/^##/, '') : token.replaceAll('\u2581', ' ').trim();
    while (at < units.length && units[at]!.trim() === '') at++;
    const from = writtenAt(units, surface, at);
    const until = from === undefined ? endOfWord(units, at) : endOf(units, surface, from);
    const found = span(source, from ?? at, until);
    at = until;
    return found;
  });
}

/** How far ahead a token is looked for, in units: characters that the tokenizer leaves out are passed over. */
const AHEAD = 16;

/** Where a token is written, at once or soon; undefined where it is not. */
function writtenAt(units: readonly string[], surface: string, at: number): number | undefined {
  if (surface === '') return undefined;
  for (let from = at; from < Math.min(units.length, at + AHEAD); from++) {
    if (units.slice(from, endOf(units, surface, from)).join('') === surface) return from;
    if (from > at && units[from]!.trim() === '') return undefined;
  }
  return undefined;
}

function endOf(units: readonly string[], surface: string, from: number): number {
  let [until, length] = [from, 0];
  while (until < units.length && length < surface.length) length += units[until++]!.length;
  return until;
}

/** The end of a word: a space, or punctuation, which is a word of its own. */
function endOfWord(units: readonly string[], from: number): number {
  const isWord = (unit: string): boolean => unit.trim() !== '' && !/[\p{P}$+<=>^`|~]/u.test(unit);
  let until = Math.min(units.length, from + 1);
  while (until < units.length && isWord(units[until]!)) until++;
  return until;
}

/** Units of a text; a character may have several, or none. */
function sourceOf(text: string, unitsOf: (character: string) => readonly string[]): Source {
  const source = { units: [] as string[], starts: [] as number[], ends: [] as number[] };
  let at = 0;
  for (const character of text) {
    const units = unitsOf(character);
    for (const unit of units) {
      source.units.push(unit);
      source.starts.push(at);
      source.ends.push(at + character.length);
    }
    at += character.length;
    // An accent that is left out belongs to the letter before it.
    if (units.length === 0 && /\p{M}/u.test(character) && source.ends.length > 0)
      source.ends[source.ends.length - 1] = at;
  }
  return source;
}

function span({ starts, ends }: Source, from: number, until: number): [number, number] {
  if (until > from && from < starts.length) return [starts[from]!, ends[Math.min(until, ends.length) - 1]!];
  const at = starts[from] ?? ends.at(-1) ?? 0;
  return [at, at];
}

/** A part of a text. */
export interface Span {
  /** In UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const WORD = /[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu;

/** The end of a sentence: closing punctuation, then spaces, then a capital letter. */
const SENTENCE_END = /[.!?]["”')]*\s+(?=["“'(]?\p{Lu})/gu;

/** Words before a full stop that does not end a sentence: initials and abbreviations. */
const ABBREVIATION = /(?:^|[\s("“.])(?:\p{L}|Mr|Mrs|Ms|Dr|St|Prof|Gen|Col|Capt|Lt|Sgt|Rev|Jr|Sr|No|vs|ca|cf|Ltd|Inc)$/u;

/** Words of letters and digits, and single punctuation characters, with their places. */
export const wordsOf = (text: string): Span[] =>
  [...text.matchAll(WORD)].map(({ 0: word, index }) => ({ start: index, end: index + word.length, text: word }));

/** The sentences of a paragraph with their places, without the spaces between them. */
export function sentencesOf(paragraph: string): Span[] {
  const ends = [...paragraph.matchAll(SENTENCE_END)]
    .filter(({ index }) => !ABBREVIATION.test(paragraph.slice(0, index)))
    .map(({ 0: found, index }) => ({ end: index + found.trimEnd().length, next: index + found.length }));
  const starts = [0, ...ends.map(({ next }) => next)];
  return starts
    .map((start, index) => ({ start, end: ends[index]?.end ?? paragraph.length }))
    .map(({ start, end }) => ({ start, end, text: paragraph.slice(start, end) }));
}

import { AdapterFusionError, type Example, type Fields } from '@adapterfusion/contracts';
import { labelIndex, listField, textField } from '@adapterfusion/data';

/** Where a word begins and ends in the text. */
type Span = readonly [start: number, end: number];

/** A text with its words and a tag for each. */
export interface TaggedText extends Example {
  readonly text: string;
  readonly words: readonly Span[];
  /** Indices of labels. */
  readonly tags?: readonly number[];
}

interface GivenSpan {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

const isWord = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isTag = (value: unknown): value is string | number =>
  (typeof value === 'string' && value !== '') || Number.isInteger(value);
const isPair = (value: unknown): value is Span => Array.isArray(value) && value.length === 2;
const isSpan = (value: unknown): value is GivenSpan => {
  const { start, end, label } = (value ?? {}) as Partial<GivenSpan>;
  return Number.isInteger(start) && Number.isInteger(end) && isWord(label);
};

/** Letters and digits, or one other character: words of a text that is not split yet. */
const WORD = /[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu;

const wordsOf = (text: string): Span[] =>
  [...text.matchAll(WORD)].map(({ 0: word, index }) => [index, index + word.length] as const);

/**
 * Reads a row.
 * @throws DATA_INVALID for words without tags or the other way, for spans that overlap or begin or end within a word;
 * LABEL_UNKNOWN
 */
export function parseTagged(fields: Fields, labels: readonly string[], at: string): TaggedText {
  if (fields['words'] !== undefined) {
    const words = listField(fields, 'words', at, 'pairs of numbers', isPair);
    return { text: textField(fields, 'text', at), words, ...tagsOf(fields, words.length, labels, at), at };
  }
  if (fields['tokens'] !== undefined) {
    const tokens = listField(fields, 'tokens', at, 'words', isWord);
    let start = 0;
    const words = tokens.map((token): Span => {
      const from = start;
      start += token.length + 1;
      return [from, from + token.length];
    });
    if (words.length === 0) throw invalid(at, 'at least one word in the field "tokens"', 'an empty list');
    return { text: tokens.join(' '), words, ...tagsOf(fields, words.length, labels, at), at };
  }
  const text = textField(fields, 'text', at);
  const words = wordsOf(text);
  if (fields['spans'] === undefined || fields['spans'] === null) return { text, words, at };
  const tags = spanTags(fields, text, words, at);
  return { text, words, tags: tags.map((tag) => labelIndex(tag, labels, at)), at };
}

/** The tags that a row names, as they are written. @throws DATA_INVALID */
export function tagNames(fields: Fields, at: string): string[] {
  if (fields['tags'] !== undefined && fields['tags'] !== null)
    return listField(fields, 'tags', at, 'tags', isTag).map(String);
  if (fields['spans'] === undefined || fields['spans'] === null) return [];
  const spans = listField(fields, 'spans', at, 'objects { start, end, label }', isSpan);
  return ['O', ...spans.flatMap(({ label }) => [`B-${label}`, `I-${label}`])];
}

function tagsOf(fields: Fields, words: number, labels: readonly string[], at: string): { tags?: readonly number[] } {
  if (fields['tags'] === undefined || fields['tags'] === null) return {};
  const tags = listField(fields, 'tags', at, 'tags', isTag);
  if (tags.length !== words) throw invalid(at, `a tag for each of ${words} words`, `${tags.length} tags`);
  return { tags: tags.map((tag) => labelIndex(tag, labels, at)) };
}

/** IOB2 tags of the words within spans. */
function spanTags(fields: Fields, text: string, words: readonly Span[], at: string): string[] {
  const tags = words.map(() => 'O');
  const spans = [...listField(fields, 'spans', at, 'objects { start, end, label }', isSpan)];
  spans.sort((a, b) => a.start - b.start);
  spans.forEach(({ start, end, label }, index) => {
    const shown = `${JSON.stringify(text.slice(start, end))} from ${start} to ${end}`;
    if (start < 0 || end > text.length || start >= end)
      throw invalid(at, `spans within the text, which has ${text.length} characters`, `one from ${start} to ${end}`);
    if (index > 0 && start < spans[index - 1]!.end) throw invalid(at, 'spans that do not overlap', shown);
    const inside = [...words.keys()].filter((word) => words[word]![0] >= start && words[word]![1] <= end);
    const [first, last] = [words[inside[0]!], words[inside.at(-1)!]];
    if (!first || !last || first[0] !== start || last[1] !== end)
      throw invalid(at, 'spans that begin and end with words', shown);
    inside.forEach((word, place) => (tags[word] = `${place === 0 ? 'B' : 'I'}-${label}`));
  });
  return tags;
}

const invalid = (at: string, expected: string, got: string): AdapterFusionError =>
  new AdapterFusionError('DATA_INVALID', { at, expected, got, fix: 'Correct the row, or remove it.' });

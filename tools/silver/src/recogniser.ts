import type { Span } from './sentences.js';

/** The types of entities that the recogniser finds. */
type EntityType = 'YEAR' | 'MONTH' | 'NAME';

/** An entity of a sentence. */
export interface FoundEntity extends Span {
  readonly type: EntityType;
}

const MONTHS = 'January|February|March|April|May|June|July|August|September|October|November|December';
const LETTER = '[\\p{L}\\p{M}\\p{N}]';
const CAPITALISED = `(?!(?:${MONTHS})(?!${LETTER}))\\p{Lu}\\p{Ll}+(?!${LETTER})`;
const ENTITY = new RegExp(
  `(?<!${LETTER})(?:(?<YEAR>(?:1[0-9]{3}|20[0-2][0-9])(?!${LETTER}))` +
    `|(?<MONTH>(?:${MONTHS})(?!${LETTER}))` +
    `|(?<NAME>${CAPITALISED}(?: ${CAPITALISED})+))`,
  'gu',
);
const FIRST_WORD = /[\p{L}\p{M}\p{N}]/u;

/**
 * Entities by fixed regular expressions: `YEAR` is a number from 1000 to 2029; `MONTH` is the name of a month; `NAME` is a
 * run of two or more capitalised words, separated by single spaces, that does not include the first word of the sentence.
 */
export function entitiesIn(sentence: string): FoundEntity[] {
  const first = sentence.search(FIRST_WORD);
  return [...sentence.matchAll(ENTITY)].flatMap(({ 0: text, index, groups }) => {
    const type = (['YEAR', 'MONTH', 'NAME'] as const).find((each) => groups![each] !== undefined)!;
    return type === 'NAME' && index === first ? [] : [{ type, start: index, end: index + text.length, text }];
  });
}

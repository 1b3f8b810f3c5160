import { AdapterFusionError, hash32, type TextExample, type Split } from '@adapterfusion/contracts';
import type { Sentence } from './sentences.js';

/** Rows of each class for test and for validation; the rest is for training. */
const TEST = 150;
const VALIDATION = 50;

/**
 * The rows of a split in file order. The place of a sentence is a function of its letters and digits: in each class the 150
 * sentences with the smallest hash are for test, the next 50 for validation.
 * @throws DATA_INVALID where that leaves a class nothing to train on
 */
export function splitOf(sentences: readonly Sentence[], split: Split, at: string): TextExample[] {
  const wanted = new Set([0, 1].flatMap((label) => rowsOf(sentences, label, split, at)));
  return sentences.filter((each) => wanted.has(each)).map(({ text, label, at: where }) => ({ text, label, at: where }));
}

function rowsOf(sentences: readonly Sentence[], label: number, split: Split, at: string): Sentence[] {
  const own = sentences.filter((each) => each.label === label);
  if (own.length <= TEST + VALIDATION)
    throw new AdapterFusionError('DATA_INVALID', {
      at,
      expected: `more than ${TEST + VALIDATION} different sentences of class ${label}`,
      got: String(own.length),
      fix: 'Give the file whole, as it is published.',
    });
  const ranked = own
    .map((sentence) => ({ sentence, rank: hash32(...[...sentence.key].map((letter) => letter.codePointAt(0)!)) }))
    .sort((a, b) => a.rank - b.rank || (a.sentence.key < b.sentence.key ? -1 : 1))
    .map(({ sentence }) => sentence);
  if (split === 'test') return ranked.slice(0, TEST);
  return split === 'validation' ? ranked.slice(TEST, TEST + VALIDATION) : ranked.slice(TEST + VALIDATION);
}

import { expect, it } from 'vitest';
import { drawSet } from './make.js';
import { entitiesIn } from './recogniser.js';
import { sentencesOf } from './sentences.js';
import { silverRow, tagSentence } from './silver-rows.js';
import { topicsOf } from './topics.js';

const PARAGRAPH =
  'The bridge was opened by Mr. Joseph Locke in May 1840. It crosses the river near Great Marlow, and the army used it.';

it('splits sentences after closing punctuation, but not after initials and abbreviations', () => {
  expect(sentencesOf(PARAGRAPH).map(({ start, end }) => [start, end])).toEqual([
    [0, 54],
    [55, 116],
  ]);
  expect(sentencesOf('J. S. Bach met Dr. Burney. "Yes!" He left.').map(({ text }) => text)).toEqual([
    'J. S. Bach met Dr. Burney.',
    '"Yes!"',
    'He left.',
  ]);
});

it('finds years, months, and names that do not include the first word', () => {
  const found = (sentence: string) => entitiesIn(sentence).map(({ type, text }) => `${type} ${text}`);
  expect(found('New York lost to San Diego in June 1999 and 2030.')).toEqual([
    'NAME San Diego',
    'MONTH June',
    'YEAR 1999',
  ]);
  expect(found('On May Day in 1066 Mayor McCheese paid 1,200 and 21000.')).toEqual(['MONTH May', 'YEAR 1066']);
  expect(found('"Sir Isaac Newton" and "Robert Hooke" met.')).toEqual(['NAME Robert Hooke']);
});

it('tags words with IOB2', () => {
  expect(tagSentence('He met Ada King on 3 May 1840.')).toEqual({
    tokens: ['He', 'met', 'Ada', 'King', 'on', '3', 'May', '1840', '.'],
    tags: ['O', 'O', 'B-NAME', 'I-NAME', 'O', 'O', 'B-MONTH', 'B-YEAR', 'O'],
  });
});

it('asks for an entity that occurs once in the paragraph', () => {
  const context = `${PARAGRAPH} Joseph Locke saw the flood of 1842.`;
  const row = silverRow('question-answering', context)!;
  expect(row.fields).toEqual({
    question: 'The bridge was opened by Mr. Joseph Locke in what 1840.',
    context,
    answers: { text: ['May'], answer_start: [45] },
  });
  expect(context.slice(45, 48)).toBe('May');
  expect(silverRow('question-answering', PARAGRAPH.slice(0, 54))).toBeUndefined();
});

it('labels a text with the topics of its trigger words', () => {
  expect(topicsOf('The Army crossed the River; warm weather.')).toEqual(['geography', 'war']);
  expect(silverRow('multi-label-classification', PARAGRAPH)).toEqual({
    fields: { text: PARAGRAPH, labels: ['geography', 'war'] },
    text: PARAGRAPH,
    amount: 'enough',
  });
});

it('draws rows with different texts, few of them empty, in the same order every time', () => {
  const paragraphs = Array.from({ length: 200 }, (_, at) =>
    at % 2 === 0
      ? `Nothing was seen at all in the garden number ${at % 40}.`
      : `They met there again in ${1800 + (at % 80)} at noon.`,
  );
  const sizes = { train: 20, validation: 10 };
  const set = drawSet('token-classification', paragraphs, sizes);
  expect([set.train.length, set.validation.length]).toEqual([20, 10]);
  const all = [...set.validation, ...set.train];
  expect(new Set(all.map(({ text }) => text)).size).toBe(30);
  expect(all.filter(({ amount }) => amount === 'none').length).toBeLessThanOrEqual(3);
  expect(drawSet('token-classification', paragraphs, sizes)).toEqual(set);
  expect(() => drawSet('token-classification', paragraphs.slice(0, 10), sizes)).toThrow('expected a corpus');
});

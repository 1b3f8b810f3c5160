import { entitiesIn, type FoundEntity } from './recogniser.js';
import { sentencesOf, wordsOf, type Span } from './sentences.js';
import { topicsOf } from './topics.js';

/** The task kinds that have a silver data set. */
export const KINDS = ['token-classification', 'question-answering', 'multi-label-classification'] as const;
export type SilverKind = (typeof KINDS)[number];

/** A row made from a paragraph. */
export interface SilverRow {
  /** The fields, as they are written to a file. */
  readonly fields: object;
  /** The text that no other row of the set may have. */
  readonly text: string;
  /** Of a set, rows without an entity or label are a small share, and rows with one of several possible labels a limited one. */
  readonly amount: 'none' | 'one label' | 'enough';
}

const SENTENCE_WORDS = { least: 6, most: 26 };
const CONTEXT_WORDS = { least: 16, most: 60 };
const TOPIC_TEXT_WORDS = { least: 10, most: 45 };

const fits = (text: string, { least, most }: { least: number; most: number }): boolean => {
  const { length } = wordsOf(text);
  // The corpus has placeholders where articles have formulas.
  return length >= least && length <= most && !text.includes('formula_');
};

/** IOB2 tags of the words of a sentence. */
export function tagSentence(sentence: string): { readonly tokens: string[]; readonly tags: string[] } {
  const words = wordsOf(sentence);
  const entities = entitiesIn(sentence);
  const tagOf = ({ start, end }: Span): string => {
    const entity = entities.find((each) => start >= each.start && end <= each.end);
    return entity ? `${start === entity.start ? 'B' : 'I'}-${entity.type}` : 'O';
  };
  return { tokens: words.map(({ text }) => text), tags: words.map(tagOf) };
}

/** The tagged first sentence of suitable length. */
function taggingRow(paragraph: string): SilverRow | undefined {
  const sentence = sentencesOf(paragraph).find(({ text }) => fits(text, SENTENCE_WORDS));
  if (!sentence) return undefined;
  const { tokens, tags } = tagSentence(sentence.text);
  return {
    fields: { tokens, tags },
    text: sentence.text,
    amount: tags.every((tag) => tag === 'O') ? 'none' : 'enough',
  };
}

const occursOnce = (paragraph: string, { text }: FoundEntity): boolean =>
  paragraph.indexOf(text) === paragraph.lastIndexOf(text);

/**
 * A cloze question about a paragraph of two or more sentences: the first sentence of suitable length that has an entity
 * which occurs once in the paragraph, the first such entity replaced by "when" (a year) or "what".
 */
function clozeRow(paragraph: string): SilverRow | undefined {
  const sentences = sentencesOf(paragraph);
  if (sentences.length < 2 || !fits(paragraph, CONTEXT_WORDS)) return undefined;
  for (const { text, start } of sentences) {
    const entity = entitiesIn(text).find((each) => occursOnce(paragraph, each));
    if (!entity || !fits(text, SENTENCE_WORDS)) continue;
    const word = entity.type === 'YEAR' ? 'when' : 'what';
    const question = `${text.slice(0, entity.start)}${word}${text.slice(entity.end)}`;
    const answers = { text: [entity.text], answer_start: [start + entity.start] };
    return { fields: { question, context: paragraph, answers }, text: paragraph, amount: 'enough' };
  }
  return undefined;
}

/** The topics of the first two sentences. */
function topicRow(paragraph: string): SilverRow | undefined {
  const [first, second] = sentencesOf(paragraph);
  const text = paragraph.slice(0, (second ?? first)!.end);
  if (!fits(text, TOPIC_TEXT_WORDS)) return undefined;
  const labels = topicsOf(text);
  return { fields: { text, labels }, text, amount: (['none', 'one label'] as const)[labels.length] ?? 'enough' };
}

/** The row of a kind that a paragraph gives; undefined where it gives none. */
export function silverRow(kind: SilverKind, paragraph: string): SilverRow | undefined {
  if (kind === 'token-classification') return taggingRow(paragraph);
  return kind === 'question-answering' ? clozeRow(paragraph) : topicRow(paragraph);
}

import type { Fields } from '@adapterfusion/contracts';
import type { BrokenFields } from '@adapterfusion/conformance';

/** Rows of a task kind, for the conformance suites of task kinds and heads. */
export interface TaskSample {
  readonly labels?: readonly string[];
  readonly examples: readonly Fields[];
  readonly broken?: readonly BrokenFields[];
  /** Options besides the defaults. */
  readonly variants?: readonly object[];
}

const text = 'Nobody expected such a fine evening';

/** By id of the kind: a kind of the registry that is not named here fails. */
export const TASK_SAMPLES: Readonly<Record<string, TaskSample>> = {
  'text-classification': {
    labels: ['no', 'yes', 'maybe'],
    examples: [
      { text, label: 'yes' },
      { text: 'A dull play', pair: 'It was boring', label: 'no' },
      { text: 'Hard to say', label: 2 },
      { text: 'Never again', label: 'no' },
    ],
    broken: [
      { what: 'a label that is not declared', fields: { text, label: 'perhaps' }, code: 'LABEL_UNKNOWN' },
      { what: 'a number as pair', fields: { text, pair: 7, label: 'no' } },
    ],
  },
  'multi-label-classification': {
    labels: ['sport', 'money', 'weather'],
    examples: [
      { text, labels: ['weather'] },
      { text: 'The club was sold', labels: 'sport|money' },
      { text: 'Rain stopped the match', pair: 'for an hour', labels: [2, 0] },
      { text: 'Nothing at all', labels: [] },
    ],
    broken: [
      { what: 'a label that is not declared', fields: { text, labels: ['war'] }, code: 'LABEL_UNKNOWN' },
      { what: 'a number as labels', fields: { text, labels: 3 } },
    ],
    variants: [{ threshold: 0.3, separator: '|' }],
  },
  'multiple-choice': {
    examples: [
      { text, choices: ['It rained', 'The sun shone'], label: 1 },
      { text: 'The door was', choices: ['open', 'blue', 'late'], label: 'blue' },
      { text: 'She ate', choices: ['a stone', 'an apple'], label: 0 },
    ],
    broken: [
      { what: 'a single choice', fields: { text, choices: ['one'], label: 0 } },
      { what: 'a choice that is not there', fields: { text, choices: ['one', 'two'], label: 2 } },
    ],
  },
  'question-answering': {
    examples: [
      { question: 'Who came?', context: 'In the evening Anna came with a cake.', answers: 'Anna' },
      {
        question: 'When did the train leave?',
        context: 'The train to Oslo, which was late again, left at noon, and nobody was on board but the driver.',
        answers: { text: ['at noon', 'noon'], answer_start: [46, 49] },
      },
      { question: 'What fell?', context: 'The vase fell.', answers: ['The vase', 'vase'] },
    ],
    broken: [
      { what: 'an answer that is not in its context', fields: { question: 'Who?', context: 'Anna', answers: 'Otto' } },
      { what: 'an empty list of answers', fields: { question: 'Who?', context: 'Anna', answers: [] } },
    ],
    variants: [{ unanswerable: true, stride: 4 }],
  },
  regression: {
    examples: [
      { text, label: 4.5 },
      { text: 'A man sings', pair: 'A woman sings', label: '2.25' },
      { text: 'Not alike', pair: 'at all', label: 0 },
      { text: 'Almost the same', label: 5 },
    ],
    broken: [{ what: 'a text as number', fields: { text, label: 'many' } }],
    variants: [{ min: 0, max: 5 }],
  },
  'token-classification': {
    labels: ['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC'],
    examples: [
      { tokens: ['Ada', 'Lovelace', 'lived', 'in', 'London', '.'], tags: ['B-PER', 'I-PER', 'O', 'O', 'B-LOC', 'O'] },
      { text: 'Nowhere is New York quieter', spans: [{ start: 11, end: 19, label: 'LOC' }] },
      { tokens: ['Go', 'home', ',', 'Otto'], tags: [0, 0, 0, 1] },
    ],
    broken: [
      { what: 'a tag too few', fields: { tokens: ['a', 'b'], tags: ['O'] } },
      { what: 'a tag that is not declared', fields: { tokens: ['a'], tags: ['B-ORG'] }, code: 'LABEL_UNKNOWN' },
    ],
  },
};

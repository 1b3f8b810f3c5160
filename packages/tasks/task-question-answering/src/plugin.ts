import { definePlugin, option, parseOptions } from '@adapterfusion/contracts';
import { createKind } from './kind.js';

export type { QuestionAnsweringAnswer } from './kind.js';

/** Options of question answering. */
export interface QuestionAnsweringOptions {
  /** Tokens that two windows of a long context share; null: half of a window. Default null */
  readonly stride: number | null;
  /** Most tokens of an answer. Default 30 */
  readonly longestAnswer: number;
  /** Whether a question may have no answer in its context, as in SQuAD 2. Default false */
  readonly unanswerable: boolean;
}

const SPECS = {
  stride: option.custom<number | null>(null, (got) =>
    got === null || (Number.isInteger(got) && (got as number) >= 0) ? undefined : 'a whole number, or null',
  ),
  longestAnswer: option.number(30, { min: 1, integer: true }),
  unanswerable: option.boolean(false),
};

/**
 * A part of a context that answers a question. Rows have the fields `question`, `context` and `answers`: `{ text: [],
 * answer_start: [] }` as SQuAD on the hub, a list of `{ text, answer_start }`, or a text or a list of texts that stand in
 * the context; places are in UTF-16 units. A context longer than the model takes is several rows, which overlap. A head
 * gives two outputs for every token; its loss reads `starts` and `ends`, both `[rows]`: the first and the last token of the
 * answer, or the first token of the row where it is not in its window.
 * @throws OPTIONS_INVALID
 */
export const questionAnswering = definePlugin<'task', QuestionAnsweringOptions>({
  kind: 'task',
  id: 'question-answering',
  packageName: '@adapterfusion/task-question-answering',
  packageVersion: '0.1.0',
  supports: {
    pipelineTag: 'question-answering',
    columns: {
      question: { names: ['question', 'query'] },
      context: { names: ['context', 'passage'] },
      answers: { names: ['answers', 'answer'], target: true },
    },
  },
  options: (input) => parseOptions(SPECS, input, 'question-answering'),
  create: createKind,
});

import { definePlugin } from '@adapterfusion/contracts';
import { tokenHeadOptions, type TokenHeadOptions } from '@adapterfusion/encoder';
import { createHead } from './head.js';

/** Options of a question answering head. */
export type QuestionAnsweringOptions = TokenHeadOptions;

/**
 * A head that scores every token as the first and as the last of the answer, as AdapterHub's question answering head.
 * @throws OPTIONS_INVALID
 */
export const questionAnswering = definePlugin<'head', QuestionAnsweringOptions>({
  kind: 'head',
  id: 'question-answering',
  packageName: '@adapterfusion/head-question-answering',
  packageVersion: '0.1.0',
  supports: { tasks: ['question-answering'] },
  options: (input) => tokenHeadOptions('question-answering', input),
  create: createHead,
});

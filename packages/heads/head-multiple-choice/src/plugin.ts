import { definePlugin } from '@adapterfusion/contracts';
import { headOptions, type HeadOptions } from '@adapterfusion/encoder';
import { createHead } from './head.js';

/** What a multiple-choice head can be set to. */
export type MultipleChoiceOptions = HeadOptions;

/**
 * A head that gives each choice of a row a score, as AdapterHub's multiple-choice head. Rows may have different numbers of
 * choices.
 * @throws OPTIONS_INVALID
 */
export const multipleChoice = definePlugin<'head', MultipleChoiceOptions>({
  kind: 'head',
  id: 'multiple-choice',
  packageName: '@adapterfusion/head-multiple-choice',
  packageVersion: '0.1.0',
  supports: { tasks: ['multiple-choice'], pooling: true },
  options: (input) => headOptions('multiple-choice', input),
  create: createHead,
});

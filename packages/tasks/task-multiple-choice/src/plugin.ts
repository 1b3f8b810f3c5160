import { definePlugin, parseOptions } from '@adapterfusion/contracts';
import { createKind } from './kind.js';

export type { MultipleChoiceAnswer } from './kind.js';

/**
 * The right one of several texts that may follow a text. Rows have the fields `text`, `choices` (at least two texts) and
 * `label`, the index or the text of the right choice. A row is a group of encodings, the text with each choice; a head gives
 * one output each; its loss reads `labels` and `groups`, the number of choices, both `[rows]`.
 * @throws OPTIONS_INVALID
 */
export const multipleChoice = definePlugin<'task', object>({
  kind: 'task',
  id: 'multiple-choice',
  packageName: '@adapterfusion/task-multiple-choice',
  packageVersion: '0.1.0',
  supports: {
    pipelineTag: 'multiple-choice',
    columns: {
      text: { names: ['text', 'question', 'context', 'premise'] },
      choices: { names: ['choices', 'endings', 'options'], list: true },
      label: { names: ['label', 'answer'], required: false, target: true },
    },
  },
  options: (input) => parseOptions({}, input, 'multiple-choice'),
  create: createKind,
});

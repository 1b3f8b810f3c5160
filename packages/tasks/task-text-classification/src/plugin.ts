import { definePlugin, parseOptions } from '@adapterfusion/contracts';
import { createKind } from './kind.js';

export type { TextClassificationAnswer } from './kind.js';

/**
 * One label of a text or of a pair of texts. Rows have the fields `text`, `pair` (optional) and `label`, a name or an index;
 * a head gives one output a label; its loss reads `labels` `[rows]`.
 * @throws OPTIONS_INVALID
 */
export const textClassification = definePlugin<'task', object>({
  kind: 'task',
  id: 'text-classification',
  packageName: '@adapterfusion/task-text-classification',
  packageVersion: '0.1.0',
  supports: {
    pipelineTag: 'text-classification',
    singleLabel: true,
    columns: {
      text: { names: ['text', 'sentence', 'review', 'content', 'question', 'premise', 'sentence1'] },
      pair: { names: ['pair', 'text2', 'sentence2', 'hypothesis'], required: false },
      label: { names: ['label', 'gold_label', 'class', 'labels', 'category', 'target'], required: false, target: true },
    },
  },
  options: (input) => parseOptions({}, input, 'text-classification'),
  create: (_, { labels }) => createKind(labels),
});

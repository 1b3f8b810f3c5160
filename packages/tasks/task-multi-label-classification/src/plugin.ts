import { definePlugin, option, parseOptions } from '@adapterfusion/contracts';
import { createKind } from './kind.js';

export type { MultiLabelClassificationAnswer } from './kind.js';

/** Options of multi-label classification. */
export interface MultiLabelClassificationOptions {
  /** A label is given where its probability is at least this. Default 0.5 */
  readonly threshold: number;
  /** What separates labels that are written as one text, as in CSV. Default `|` */
  readonly separator: string;
}

const SPECS = {
  threshold: option.number(0.5, { min: 0, max: 1 }),
  separator: option.custom('|', (got) => (typeof got === 'string' && got !== '' ? undefined : 'a text')),
};

/**
 * Any number of labels of a text or of a pair of texts. Rows have the fields `text`, `pair` (optional) and `labels`, a list of
 * names or indices, or a text with separators; a head gives one output a label; its loss reads `labels` `[rows, labels]`.
 * @throws OPTIONS_INVALID
 */
export const multiLabelClassification = definePlugin<'task', MultiLabelClassificationOptions>({
  kind: 'task',
  id: 'multi-label-classification',
  packageName: '@adapterfusion/task-multi-label-classification',
  packageVersion: '0.1.0',
  supports: {
    pipelineTag: 'text-classification',
    columns: {
      text: { names: ['text', 'sentence', 'review', 'content', 'sentence1'] },
      pair: { names: ['pair', 'text2', 'sentence2'], required: false },
      labels: { names: ['labels', 'tags', 'topics', 'categories'], list: true, target: true },
    },
  },
  options: (input) => parseOptions(SPECS, input, 'multi-label-classification'),
  create: (options, { labels }) => createKind(options, labels),
});

import { definePlugin, parseOptions } from '@adapterfusion/contracts';
import { createKind } from './kind.js';

export type { Entity } from './entities.js';
export type { TokenClassificationAnswer } from './kind.js';

/**
 * A tag for every word of a text. Rows have either the fields `tokens`, a list of words, and `tags`, a tag for each; or
 * `text` and `spans`, a list of `{ start, end, label }` in UTF-16 units. Tags are IOB2 (`O`, `B-TYPE`, `I-TYPE`), of which
 * entities are made, or other names without prefixes, such as parts of speech. A text longer than the model takes is several
 * rows. The tag of a word is that of its first token. A head gives one output a tag for every token; its loss reads `labels`
 * `[rows, time]`, −1 for a token without a tag.
 * @throws OPTIONS_INVALID
 */
export const tokenClassification = definePlugin<'task', object>({
  kind: 'task',
  id: 'token-classification',
  packageName: '@adapterfusion/task-token-classification',
  packageVersion: '0.1.0',
  supports: {
    pipelineTag: 'token-classification',
    columns: {
      tokens: { names: ['tokens', 'words'], list: true },
      tags: { names: ['tags', 'ner_tags', 'pos_tags', 'labels'], list: true, target: true },
      text: { names: ['text'], required: false },
      spans: { names: ['spans', 'entities'], required: false, list: true, target: true },
    },
  },
  options: (input) => parseOptions({}, input, 'token-classification'),
  create: (_, { labels }) => createKind(labels),
});

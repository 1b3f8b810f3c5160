import { definePlugin, option, parseOptions } from '@adapterfusion/contracts';
import { createKind } from './kind.js';

export type { RegressionAnswer } from './kind.js';

/** The range of the numbers. */
export interface RegressionTaskOptions {
  /** The smallest number; null: any. */
  readonly min: number | null;
  /** The largest number; null: any. */
  readonly max: number | null;
}

const bound = option.custom<number | null>(null, (got) =>
  got === null || Number.isFinite(got) ? undefined : 'a number, or null',
);

/**
 * A number for a text or a pair of texts. Rows have the fields `text`, `pair` (optional) and `label`, the number; a head gives
 * one output; its loss reads `numbers` `[rows]`.
 * @throws OPTIONS_INVALID
 */
export const regression = definePlugin<'task', RegressionTaskOptions>({
  kind: 'task',
  id: 'regression',
  packageName: '@adapterfusion/task-regression',
  packageVersion: '0.1.0',
  supports: {
    pipelineTag: 'text-classification',
    columns: {
      text: { names: ['text', 'sentence', 'review', 'content', 'sentence1'] },
      pair: { names: ['pair', 'text2', 'sentence2'], required: false },
      label: { names: ['label', 'score', 'target', 'rating'], required: false, target: true },
    },
  },
  options: (input) => parseOptions({ min: bound, max: bound }, input, 'regression'),
  create: createKind,
});

import { definePlugin } from '@adapterfusion/contracts';
import { headOptions, type HeadOptions } from '@adapterfusion/encoder';
import { createHead } from './head.js';

/** What a regression head can be set to. */
export type RegressionOptions = HeadOptions;

/**
 * A head that answers with a number in the task's own unit, as AdapterHub's classification head with one label.
 * @throws OPTIONS_INVALID
 */
export const regression = definePlugin<'head', RegressionOptions>({
  kind: 'head',
  id: 'regression',
  packageName: '@adapterfusion/head-regression',
  packageVersion: '0.1.0',
  supports: { tasks: ['regression'] },
  options: (input) => headOptions('regression', input),
  create: createHead,
});

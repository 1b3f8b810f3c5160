import { definePlugin } from '@adapterfusion/contracts';
import { headOptions, type HeadOptions } from '@adapterfusion/encoder';
import { createHead } from './head.js';

/** What a classification head can be set to. */
export type ClassificationOptions = HeadOptions;

/**
 * A head that tells classes apart, as AdapterHub's classification head.
 * @throws OPTIONS_INVALID
 */
export const classification = definePlugin<'head', ClassificationOptions>({
  kind: 'head',
  id: 'classification',
  packageName: '@adapterfusion/head-classification',
  packageVersion: '0.1.0',
  supports: { tasks: ['text-classification'], pooling: true, layers: true },
  options: (input) => headOptions('classification', input),
  create: createHead,
});

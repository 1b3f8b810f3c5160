import { definePlugin } from '@adapterfusion/contracts';
import { createHead } from './head.js';
import { parseClassification, type ClassificationOptions } from './options.js';

/**
 * A head that tells classes apart, as AdapterHub's classification head.
 * @throws OPTIONS_INVALID
 */
export const classification = definePlugin<'head', ClassificationOptions>({
  kind: 'head',
  id: 'classification',
  packageName: '@adapterfusion/head-classification',
  packageVersion: '0.1.0',
  supports: { tasks: ['classification'] },
  options: parseClassification,
  create: createHead,
});

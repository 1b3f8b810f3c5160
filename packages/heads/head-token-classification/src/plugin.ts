import { definePlugin } from '@adapterfusion/contracts';
import { tokenHeadOptions, type TokenHeadOptions } from '@adapterfusion/encoder';
import { createHead } from './head.js';

/** Options of a token classification head. */
export type TokenClassificationOptions = TokenHeadOptions;

/**
 * A head that gives every token a tag, as AdapterHub's tagging head.
 * @throws OPTIONS_INVALID
 */
export const tokenClassification = definePlugin<'head', TokenClassificationOptions>({
  kind: 'head',
  id: 'token-classification',
  packageName: '@adapterfusion/head-token-classification',
  packageVersion: '0.1.0',
  supports: { tasks: ['token-classification'] },
  options: (input) => tokenHeadOptions('token-classification', input),
  create: createHead,
});

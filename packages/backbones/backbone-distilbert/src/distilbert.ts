import { definePlugin, parseOptions } from '@adapterfusion/contracts';
import { createEncoder } from '@adapterfusion/encoder';
import { distilbertNames, parseConfig } from './config.js';

/**
 * DistilBERT encoders (Sanh et al. 2019) from a hub folder's `config.json` and tensors: BERT's layers without token types,
 * pooler, and dropout after attention. No options.
 * @throws OPTIONS_INVALID for a configuration with missing entries; UNSUPPORTED for another architecture
 */
export const distilbert = definePlugin<'backbone', Record<string, never>>({
  kind: 'backbone',
  id: 'distilbert',
  packageName: '@adapterfusion/backbone-distilbert',
  packageVersion: '0.1.0',
  supports: { roles: ['sublayer', 'linear'] },
  options: (input) => parseOptions({}, input, 'distilbert'),
  create: (_, { config }) => createEncoder(parseConfig(config), distilbertNames, { types: 'none' }),
});

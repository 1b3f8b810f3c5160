import { definePlugin } from '@adapterfusion/contracts';
import { parsePrefixTuningOptions, type PrefixTuningOptions } from './options.js';
import { createPrefixTuning } from './prefix-tuning.js';

/**
 * Prefix tuning (Li and Liang 2021): learned keys and values that every token attends to, in every layer.
 * @throws OPTIONS_INVALID; UNSUPPORTED for gates
 */
export const prefixTuning = definePlugin<'adapter', PrefixTuningOptions>({
  kind: 'adapter',
  id: 'prefix_tuning',
  packageName: '@adapterfusion/adapter-prefix-tuning',
  packageVersion: '0.1.0',
  supports: { roles: ['attention'], merge: false, identityAtInit: false },
  options: parsePrefixTuningOptions,
  create: createPrefixTuning,
});

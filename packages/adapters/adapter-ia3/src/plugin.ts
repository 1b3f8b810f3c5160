import { definePlugin } from '@adapterfusion/contracts';
import { createIa3 } from './ia3.js';
import { parseIa3Options, type Ia3Options } from './options.js';

/**
 * (IA)³ (Liu et al. 2022): learned vectors that scale keys, values and the feed-forward sub-layer's inner activations.
 * @throws OPTIONS_INVALID; UNSUPPORTED for gates and dropout
 */
export const ia3 = definePlugin<'adapter', Ia3Options>({
  kind: 'adapter',
  id: 'ia3',
  packageName: '@adapterfusion/adapter-ia3',
  packageVersion: '0.1.0',
  supports: { roles: ['linear'], merge: true, identityAtInit: true },
  options: parseIa3Options,
  create: createIa3,
});

import { definePlugin } from '@adapterfusion/contracts';
import { createLora } from './lora.js';
import { parseLoraOptions, type LoraOptions } from './options.js';

/**
 * LoRA (Hu et al. 2022): low-rank updates of projections, on query and value by default.
 * @throws OPTIONS_INVALID; UNSUPPORTED for DoRA, VeRA and scaling
 */
export const lora = definePlugin<'adapter', LoraOptions>({
  kind: 'adapter',
  id: 'lora',
  packageName: '@adapterfusion/adapter-lora',
  packageVersion: '0.1.0',
  supports: { roles: ['linear'], merge: true, identityAtInit: true },
  options: parseLoraOptions,
  create: createLora,
});

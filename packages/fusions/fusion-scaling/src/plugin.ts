import { definePlugin } from '@adapterfusion/contracts';
import { parseScaling, type ScalingOptions } from './options.js';
import { createScaling } from './scaling.js';

/**
 * ScaLearn (Frohmann et al. 2024, arXiv 2310.01217): the contributions of the adapters are scaled by learned weights and
 * added, without softmax or constraint.
 * @throws OPTIONS_INVALID
 */
export const scaling = definePlugin<'fusion', ScalingOptions>({
  kind: 'fusion',
  id: 'scaling',
  aliases: ['scalearn'],
  packageName: '@adapterfusion/fusion-scaling',
  packageVersion: '0.1.0',
  supports: { minChildren: 1, trainable: true, weights: 'free' },
  options: parseScaling,
  create: createScaling,
});

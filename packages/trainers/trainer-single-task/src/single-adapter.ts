import { AdapterFusionError, definePlugin, parseOptions, type Trainer } from '@adapterfusion/contracts';
import { ADAPTER_SETTINGS } from './defaults.js';

const trainer: Trainer = {
  defaults: ADAPTER_SETTINGS,
  async *run(ctx) {
    const [adapter, ...more] = ctx.adapters;
    if (adapter === undefined || more.length > 0)
      throw new AdapterFusionError('COMPOSITION_INVALID', {
        at: 'st-a',
        expected: 'a composition of exactly one adapter',
        got: ctx.adapters.length === 0 ? 'none' : ctx.adapters.join(', '),
        fix: 'Train each adapter by itself, or fuse trained ones with the trainer "fusion".',
      });
    const prefixes = [`adapters/${adapter}/`, `heads/${ctx.head}/`];
    yield* ctx.loop({
      name: 'st-a',
      trains: (path) => prefixes.some((prefix) => path.startsWith(prefix)),
      settings: ctx.settings,
    });
  },
};

/**
 * ST-A, stage 1 of AdapterFusion (arXiv 2005.00247): one adapter and its head train on one task, the backbone is frozen.
 * A run throws COMPOSITION_INVALID when the composition holds no adapter or several.
 */
export const singleTaskAdapter = definePlugin<'trainer', Record<string, never>>({
  kind: 'trainer',
  id: 'st-a',
  packageName: '@adapterfusion/trainer-single-task',
  packageVersion: '0.1.0',
  supports: { resume: true, trains: ['adapter'] },
  options: (input) => parseOptions({}, input, 'st-a'),
  create: () => trainer,
});

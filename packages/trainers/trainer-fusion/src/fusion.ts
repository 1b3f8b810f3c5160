import {
  AdapterFusionError,
  definePlugin,
  parseOptions,
  type LoopSettings,
  type Trainer,
} from '@adapterfusion/contracts';

/** What differs from the loop's own defaults. */
const SETTINGS: Partial<LoopSettings> = Object.freeze({ learningRate: 1e-4 });

const trainer: Trainer = {
  defaults: SETTINGS,
  async *run(ctx) {
    if (ctx.fusions.length === 0)
      throw new AdapterFusionError('COMPOSITION_INVALID', {
        at: 'fusion',
        expected: 'a composition with a fusion',
        got: `none, with adapters ${ctx.adapters.join(', ') || 'none'}`,
        fix: 'Fuse two or more adapters, or train one with the trainer "st-a".',
      });
    const prefixes = [...ctx.fusions.map((name) => `fusions/${name}/`), `heads/${ctx.head}/`];
    yield* ctx.loop({
      name: 'fusion',
      trains: (path) => prefixes.some((prefix) => path.startsWith(prefix)),
      settings: ctx.settings,
    });
  },
};

/**
 * Stage 2 of AdapterFusion (arXiv 2005.00247): the fusions of the composition and the head train; backbone and adapters
 * are frozen. A run throws COMPOSITION_INVALID when the composition holds no fusion.
 */
export const fusion = definePlugin<'trainer', Record<string, never>>({
  kind: 'trainer',
  id: 'fusion',
  packageName: '@adapterfusion/trainer-fusion',
  packageVersion: '0.1.0',
  supports: { resume: true, trains: ['fusion'] },
  options: (input) => parseOptions({}, input, 'fusion'),
  create: () => trainer,
});

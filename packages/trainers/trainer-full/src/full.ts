import {
  AdapterFusionError,
  definePlugin,
  parseOptions,
  type LoopSettings,
  type Trainer,
} from '@adapterfusion/contracts';

/** What differs from the loop's own defaults: a rate for encoders of the size of BERT-base. */
const SETTINGS: Partial<LoopSettings> = Object.freeze({ learningRate: 3e-5 });

const trainer: Trainer = {
  defaults: SETTINGS,
  async *run(ctx) {
    const others = [...ctx.adapters, ...ctx.fusions];
    if (others.length > 0)
      throw new AdapterFusionError('COMPOSITION_INVALID', {
        at: 'full',
        expected: 'an encoder without adapters and fusions',
        got: others.join(', '),
        fix: 'Train the bare encoder, or an adapter on a frozen one with the trainer "st-a".',
      });
    const encoder = new Set(ctx.encoder);
    yield* ctx.loop({
      name: 'full',
      trains: ({ kind, name, parameter }) =>
        kind === 'encoder' ? encoder.has(parameter) : kind === 'head' && name === ctx.head,
      settings: ctx.settings,
    });
  },
};

/**
 * Full fine-tuning: all of the encoder that the head depends on (embeddings, layers, the pooler where the head reads it)
 * and the head train. A run throws COMPOSITION_INVALID when the composition holds an adapter or a fusion.
 */
export const fullFineTuning = definePlugin<'trainer', Record<string, never>>({
  kind: 'trainer',
  id: 'full',
  packageName: '@adapterfusion/trainer-full',
  packageVersion: '0.1.0',
  supports: { resume: true, trains: ['encoder'] },
  options: (input) => parseOptions({}, input, 'full'),
  create: () => trainer,
});

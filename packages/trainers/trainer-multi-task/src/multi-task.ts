import { AdapterFusionError, definePlugin, parseOptions, type Trainer } from '@adapterfusion/contracts';
import { samplingOption, shares, type Sampling } from './sampling.js';

/** What multi-task fine-tuning can be set to. */
export interface MultiTaskOptions {
  /** How often the steps are of each task. Default `annealed`. */
  readonly sampling: Sampling;
}

const create = ({ sampling }: MultiTaskOptions): Trainer => ({
  // For encoders of the size of BERT-base, as full fine-tuning on one task.
  defaults: { learningRate: 3e-5 },
  async *run(ctx) {
    const others = [...ctx.adapters, ...ctx.fusions];
    if (others.length > 0)
      throw new AdapterFusionError('COMPOSITION_INVALID', {
        at: 'multi-task',
        expected: 'an encoder without adapters and fusions',
        got: others.join(', '),
        fix: 'Train the bare encoder, or an adapter for every task with the trainer "mt-a".',
      });
    const encoder = new Set(ctx.encoder);
    const heads = ctx.tasks.map(({ name }) => name);
    const rows = ctx.tasks.map((task) => task.rows);
    yield* ctx.loop({
      name: 'multi-task',
      trains: ({ kind, name, parameter }) =>
        kind === 'encoder' ? encoder.has(parameter) : kind === 'head' && heads.includes(name),
      shares: (epoch) => shares(sampling, rows, epoch, ctx.settings.epochs),
      settings: ctx.settings,
    });
  },
});

/**
 * Multi-task fine-tuning: one encoder, which trains, and a head for every task. Every step is a batch of one task. A run
 * throws COMPOSITION_INVALID when the composition holds an adapter or a fusion.
 */
export const multiTask = definePlugin<'trainer', MultiTaskOptions>({
  kind: 'trainer',
  id: 'multi-task',
  packageName: '@adapterfusion/trainer-multi-task',
  packageVersion: '0.1.0',
  supports: { resume: true, trains: ['encoder'], tasks: 'several' },
  options: (input) => parseOptions({ sampling: samplingOption }, input, 'multi-task'),
  create,
});

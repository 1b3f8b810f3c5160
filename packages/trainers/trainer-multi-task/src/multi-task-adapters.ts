import { AdapterFusionError, definePlugin, option, parseOptions, type Trainer } from '@adapterfusion/contracts';
import { samplingOption, shares } from './sampling.js';
import type { MultiTaskOptions } from './multi-task.js';

/** What the joint training of adapters can be set to. */
export interface MultiTaskAdaptersOptions extends MultiTaskOptions {
  /** `tuned`: the encoder trains with the adapters, as in the paper; `frozen`: it stays as it is. Default `tuned`. */
  readonly encoder: 'tuned' | 'frozen';
}

const create = ({ sampling, encoder }: MultiTaskAdaptersOptions): Trainer => {
  const tuned = encoder === 'tuned';
  return {
    // The rates of full fine-tuning and of single adapters.
    defaults: { learningRate: tuned ? 3e-5 : 5e-4 },
    trains: tuned ? ['adapter', 'encoder'] : ['adapter'],
    async *run(ctx) {
      const names = ctx.tasks.map(({ name }) => name);
      if (ctx.fusions.length > 0 || [...ctx.adapters].sort().join() !== [...names].sort().join())
        throw new AdapterFusionError('COMPOSITION_INVALID', {
          at: 'mt-a',
          expected: `one adapter for every task, of its name: ${names.join(', ')}`,
          got: [...ctx.adapters, ...ctx.fusions].join(', ') || 'none',
          fix: 'Add them, and no fusion.',
        });
      const shared = new Set(tuned ? ctx.encoder : []);
      const rows = ctx.tasks.map((task) => task.rows);
      yield* ctx.loop({
        name: 'mt-a',
        trains: ({ kind, name, parameter }) =>
          kind === 'encoder' ? shared.has(parameter) : kind !== 'fusion' && names.includes(name),
        shares: (epoch) => shares(sampling, rows, epoch, ctx.settings.epochs),
        settings: ctx.settings,
      });
    },
  };
};

/**
 * MT-A of AdapterFusion (arXiv 2005.00247): an adapter and a head for every task, trained jointly, every step a batch of
 * one task. A run throws COMPOSITION_INVALID unless the composition holds exactly one adapter a task, of its name.
 */
export const multiTaskAdapters = definePlugin<'trainer', MultiTaskAdaptersOptions>({
  kind: 'trainer',
  id: 'mt-a',
  packageName: '@adapterfusion/trainer-multi-task',
  packageVersion: '0.1.0',
  supports: { resume: true, trains: ['adapter', 'encoder'], tasks: 'several' },
  options: (input) =>
    parseOptions(
      { sampling: samplingOption, encoder: option.choice<'tuned' | 'frozen'>('tuned', ['tuned', 'frozen']) },
      input,
      'mt-a',
    ),
  create,
});

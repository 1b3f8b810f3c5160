import {
  AdapterFusionError,
  definePlugin,
  option,
  parseOptions,
  type LoopSettings,
  type Trainer,
  type TrainerContext,
} from '@adapterfusion/contracts';
import { leftOutOf } from './subset.js';

/** What the training of a fusion can be set to. */
export interface FusionTrainingOptions {
  /** `frozen`: the adapters stay as they are; `tuned`: they train together with the fusion. Default `frozen`. */
  readonly adapters: 'frozen' | 'tuned';
  /** How many adapters take part in a step, drawn anew for each; 0 for all. Default 0. */
  readonly subset: number;
}

/** What differs from the loop's own defaults. */
const SETTINGS: Partial<LoopSettings> = Object.freeze({ learningRate: 1e-4 });

function check({ adapters, fusions }: TrainerContext, subset: number): void {
  if (fusions.length === 0)
    throw new AdapterFusionError('COMPOSITION_INVALID', {
      at: 'fusion',
      expected: 'a composition with a fusion',
      got: `none, with adapters ${adapters.join(', ') || 'none'}`,
      fix: 'Fuse two or more adapters, or train one with the trainer "st-a".',
    });
  if (subset > adapters.length)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'fusion.subset',
      expected: `at most ${adapters.length}, the adapters that there are`,
      got: String(subset),
      fix: 'Choose fewer, or 0 for all.',
    });
}

const create = (options: FusionTrainingOptions): Trainer => {
  const { subset } = options;
  const tuned = options.adapters === 'tuned';
  return {
    defaults: SETTINGS,
    trains: tuned ? ['fusion', 'adapter'] : ['fusion'],
    async *run(ctx) {
      check(ctx, subset);
      const trained = { encoder: [], fusion: ctx.fusions, adapter: tuned ? ctx.adapters : [], head: [ctx.head] };
      const { seed } = ctx.settings;
      yield* ctx.loop({
        name: 'fusion',
        trains: ({ kind, name }) => trained[kind].some((each) => each === name),
        settings: ctx.settings,
        ...(subset > 0 ? { exclusions: (step) => ({ mask: leftOutOf(ctx.adapters, subset, seed, step) }) } : {}),
      });
    },
  };
};

/**
 * Stage 2 of AdapterFusion (arXiv 2005.00247): the fusions of the composition and the head train; backbone and, unless the
 * options say otherwise, adapters are frozen. A run throws COMPOSITION_INVALID when the composition holds no fusion,
 * OPTIONS_INVALID for a subset larger than the adapters.
 */
export const fusion = definePlugin<'trainer', FusionTrainingOptions>({
  kind: 'trainer',
  id: 'fusion',
  packageName: '@adapterfusion/trainer-fusion',
  packageVersion: '0.1.0',
  supports: { resume: true, trains: ['fusion'] },
  options: (input) =>
    parseOptions(
      {
        adapters: option.choice<'frozen' | 'tuned'>('frozen', ['frozen', 'tuned']),
        subset: option.number(0, { min: 0, integer: true }),
      },
      input,
      'fusion',
    ),
  create,
});

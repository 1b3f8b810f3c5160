import {
  AdapterFusionError,
  definePlugin,
  parseOptions,
  type ParameterReference,
  type Trainer,
} from '@adapterfusion/contracts';

type Metrics = { readonly [name: string]: number };

const trainer: Trainer = {
  // For encoders of the size of BERT-base, as full fine-tuning on one task.
  defaults: { learningRate: 3e-5 },
  async *run(ctx) {
    const others = [...ctx.adapters, ...ctx.fusions];
    if (others.length > 0)
      throw new AdapterFusionError('COMPOSITION_INVALID', {
        at: 'sequential',
        expected: 'an encoder without adapters and fusions',
        got: others.join(', '),
        fix: 'Train the bare encoder, or adapters, which forget nothing, with the trainer "st-a".',
      });
    const encoder = new Set(ctx.encoder);
    /** By task, its first metric right after it was learned. */
    const learned = new Map<string, number>();
    for (const { name: task } of ctx.tasks) {
      const phase = {
        name: `sequential-${task}`,
        tasks: [task],
        trains: ({ kind, name, parameter }: ParameterReference) =>
          kind === 'encoder' ? encoder.has(parameter) : kind === 'head' && name === task,
        settings: ctx.settings,
      };
      for await (const event of ctx.loop(phase)) {
        yield event;
        if (event.type === 'done' && event.interrupted) return;
      }
      const metrics: Record<string, Metrics> = {};
      const forgetting: Record<string, number> = {};
      for (const each of [...learned.keys(), task]) metrics[each] = await ctx.evaluate(each);
      for (const [earlier, then] of learned) forgetting[earlier] = then - first(metrics[earlier]!);
      learned.set(task, first(metrics[task]!));
      yield { type: 'stage', task, metrics, forgetting };
    }
  },
};

const first = (metrics: Metrics): number => Object.values(metrics)[0] ?? NaN;

/**
 * Sequential fine-tuning: the tasks in the order that they are given, each with the whole encoder and a head of its own.
 * After each one all tasks learned so far are measured, and an event of type `stage` says what of each is forgotten. A run
 * throws COMPOSITION_INVALID when the composition holds an adapter or a fusion.
 */
export const sequential = definePlugin<'trainer', Record<string, never>>({
  kind: 'trainer',
  id: 'sequential',
  packageName: '@adapterfusion/trainer-sequential',
  packageVersion: '0.1.0',
  supports: { resume: true, trains: ['encoder'], tasks: 'several' },
  options: (input) => parseOptions({}, input, 'sequential'),
  create: () => trainer,
});

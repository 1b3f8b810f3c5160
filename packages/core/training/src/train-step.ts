import { AdapterFusionError, type HostBatch, type LossBatch } from '@adapterfusion/contracts';
import { dispose } from '@adapterfusion/tensor';
import { stepGradients, type StepGradients, type StepInput } from './accumulate.js';
import { clipFactor } from './clip.js';
import type { Optimiser } from './optimiser.js';
import type { Plan } from './plan.js';
import { scheduleFactor } from './schedule.js';
import type { TrainLoopOptions } from './loop-options.js';
import { rowsAt } from './stored-rows.js';
import type { ActivationCache } from './activation-cache.js';

/** What a step did. */
export interface StepReport extends Omit<StepGradients, 'gradients'> {
  readonly learningRate: number;
  readonly rows: number;
  /** In a phase of several tasks. */
  readonly task?: string;
}

/** What every step of a phase reads. */
export interface StepContext {
  readonly plan: Plan;
  readonly optimiser: Optimiser;
  /** One a task. */
  readonly inputs: readonly Omit<StepInput, 'key' | 'leftOut' | 'loss' | 'activations' | 'places'>[];
  readonly cache?: ActivationCache;
  /** The newest checkpoint, for messages. */
  newest(): string | undefined;
}

/**
 * One optimiser step: gradients of its micro-batches, clipping, update.
 * @param step counted from 0
 * @throws LOSS_NOT_FINITE when loss, penalty or gradients are not finite: nothing is changed then
 */
export async function trainStep(
  { model, tasks, phase }: TrainLoopOptions,
  { plan, optimiser, inputs, newest, cache }: StepContext,
  step: number,
): Promise<StepReport> {
  const { seed, learningRate: peak, clip } = phase.settings;
  const { task, microBatches: indices } = plan.at(step);
  const { rows, head, enter } = tasks[task]!;
  const microBatches = await Promise.all(indices.map((batch) => rowsAt(rows, batch)));
  const leftOut = phase.exclusions?.(step);
  const activations = cache && ((microBatch: number, batch: HostBatch) => cache.of(indices[microBatch]!, batch));
  const input = {
    ...inputs[task]!,
    key: { seed, step },
    places: indices,
    ...(leftOut ? { leftOut } : {}),
    ...(phase.loss ? { loss: (batch: LossBatch) => phase.loss!(batch) } : {}),
    ...(activations ? { activations } : {}),
  };
  enter?.();
  const { gradients, ...report } = await stepGradients(model, microBatches, input);
  try {
    const wrong = (['loss', 'penalty', 'norm'] as const).find((number) => !Number.isFinite(report[number]));
    if (wrong) {
      const order = indices.flat();
      const names = microBatches.flat().map(({ at }, place) => at ?? `row ${order[place]}`);
      const more = names.length > 8 ? ` and ${names.length - 8} more` : '';
      const what = wrong === 'norm' ? 'a gradient norm' : `a ${wrong}`;
      throw new AdapterFusionError('LOSS_NOT_FINITE', {
        at: `${phase.name}, step ${step + 1} of ${plan.steps}`,
        expected: 'loss and gradients that are finite',
        got: `${what} of ${report[wrong]} on ${names.slice(0, 8).join(', ')}${more}`,
        fix: `The update was not applied; the last good checkpoint is ${newest() ?? 'none'}. Lower the learning rate, or look at these rows.`,
      });
    }
    const learningRate =
      peak * (phase.schedule?.(step, plan.steps) ?? scheduleFactor(phase.settings, step, plan.steps));
    optimiser.update(gradients, learningRate, clipFactor(report.norm, clip));
    return { ...report, learningRate, rows: indices.flat().length, ...(tasks.length > 1 ? { task: head } : {}) };
  } finally {
    dispose(gradients.values());
  }
}

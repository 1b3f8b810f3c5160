import type { LoopSettings } from '@adapterfusion/contracts';
import { planBatches } from '@adapterfusion/text';

/** Which rows every step reads: a function of the settings and the step, so that a run can go on anywhere. */
export interface Plan {
  /** Optimiser steps of an epoch; its last step may have fewer micro-batches, the last of them fewer rows. */
  readonly stepsPerEpoch: number;
  /** Optimiser steps in all. */
  readonly steps: number;
  /** Row indices of a step's micro-batches. @param step counted from 0 */
  microBatches(step: number): readonly (readonly number[])[];
}

/** @param lengths tokens of each row */
export function createPlan(lengths: readonly number[], settings: LoopSettings): Plan {
  const { batchSize, seed, batching, accumulate, epochs } = settings;
  const batchesOf = (epoch: number) => planBatches(lengths, { batchSize, seed, epoch, batching });
  let [planned, batches] = [0, batchesOf(0)];
  const stepsPerEpoch = Math.ceil(batches.length / accumulate);
  return {
    stepsPerEpoch,
    steps: stepsPerEpoch * epochs,
    microBatches(step) {
      const epoch = Math.floor(step / stepsPerEpoch);
      if (epoch !== planned) [planned, batches] = [epoch, batchesOf(epoch)];
      const first = (step - epoch * stepsPerEpoch) * accumulate;
      return batches.slice(first, first + accumulate);
    },
  };
}

import { hash32, type LoopSettings, type Phase } from '@adapterfusion/contracts';
import { planBatches } from '@adapterfusion/text';

/** What an optimiser step reads: rows of one task. */
interface PlannedStep {
  /** Index of the task. */
  readonly task: number;
  /** Row indices of the step's micro-batches. */
  readonly microBatches: readonly (readonly number[])[];
}

/** Which rows every step reads: a function of the settings and the step, so that a run can go on anywhere. */
export interface Plan {
  readonly stepsPerEpoch: number;
  /** Optimiser steps in all. */
  readonly steps: number;
  /** @param step counted from 0 */
  at(step: number): PlannedStep;
}

/** One task of a plan. */
export interface PlannedTask {
  readonly name: string;
  /** Tokens of each row. */
  readonly lengths: ArrayLike<number>;
  /** The micro-batches of an epoch in place of those that the settings make. @param epoch counted from 0 */
  readonly batches?: ((epoch: number, seed: number) => readonly (readonly number[])[]) | undefined;
}

/**
 * One task: its batches, epoch by epoch; the last step of an epoch may have fewer micro-batches, the last of them fewer
 * rows. Several tasks: an epoch has as many steps as one pass over every task has; each step is of a task that is drawn
 * with the phase's shares, and takes up that task's own batches where its last step left off.
 */
export function createPlan(tasks: readonly PlannedTask[], settings: LoopSettings, shares?: Phase['shares']): Plan {
  const { seed, epochs } = settings;
  if (tasks.length === 1) return planTask(tasks[0]!, settings, seed);
  const plans = tasks.map((task) => planTask(task, settings, seedOf(seed, task.name)));
  const stepsPerEpoch = plans.reduce((sum, plan) => sum + plan.stepsPerEpoch, 0);
  const steps = stepsPerEpoch * epochs;
  const counts = tasks.map(() => 0);
  const drawn = Array.from({ length: epochs }, (_, epoch) => {
    const weights = shares?.(epoch + 1) ?? tasks.map(({ lengths }) => lengths.length);
    return Array.from({ length: stepsPerEpoch }, (_, at) => {
      const task = drawTask(weights, hash32(seed, epoch * stepsPerEpoch + at, DRAW));
      return { task, nth: counts[task]!++ };
    });
  }).flat();
  return {
    stepsPerEpoch,
    steps,
    at(step) {
      const { task, nth } = drawn[step]!;
      return { ...plans[task]!.at(nth), task };
    },
  };
}

/** Tells the draws of tasks apart from other uses of the hash. */
const DRAW = 0x7461736b;

/**
 * The index of a weight, with its share of the sum as its probability.
 * @param word 32 random bits
 */
export function drawTask(weights: readonly number[], word: number): number {
  const at = (word / 2 ** 32) * weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const found = weights.findIndex((weight) => at < (sum += weight));
  return found < 0 ? weights.length - 1 : found;
}

/** A seed of a task's own, so that its order does not depend on what is learned beside it. */
function seedOf(seed: number, name: string): number {
  return hash32(seed, ...new TextEncoder().encode(name));
}

function planTask({ lengths, batches: given }: PlannedTask, settings: LoopSettings, seed: number): Plan {
  const { batchSize, batching, accumulate, epochs } = settings;
  const batchesOf = (epoch: number): readonly (readonly number[])[] =>
    given?.(epoch, seed) ?? planBatches(lengths, { batchSize, seed, epoch, batching });
  let [planned, batches] = [0, batchesOf(0)];
  const stepsPerEpoch = Math.ceil(batches.length / accumulate);
  return {
    stepsPerEpoch,
    steps: stepsPerEpoch * epochs,
    at(step) {
      const epoch = Math.floor(step / stepsPerEpoch);
      if (epoch !== planned) [planned, batches] = [epoch, batchesOf(epoch)];
      const first = (step - epoch * stepsPerEpoch) * accumulate;
      return { task: 0, microBatches: batches.slice(first, first + accumulate) };
    },
  };
}

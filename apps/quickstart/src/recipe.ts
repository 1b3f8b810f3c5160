import type { TrainingOptions } from 'adapterfusion';

/** How long and how fast something is trained. */
export interface Pace {
  readonly learningRate: number;
  /** Optimiser steps at least; always whole passes over the rows. */
  readonly steps: number;
}

/** The settings of a run. */
export interface Recipe {
  readonly adapter: string;
  readonly pooling: 'cls' | 'mean';
  readonly batchSize: number;
  /** An adapter on all rows of a domain. */
  readonly source: Pace;
  /** An adapter on a few rows. */
  readonly own: Pace;
  readonly fusion: Pace;
}

/** Chosen by `--study --tune --seeds 10` on the validation rows of restaurants with 64 labels, used for every target and every budget. */
export const RECIPE: Recipe = {
  adapter: 'seq_bn[reduction_factor=4]',
  pooling: 'mean',
  batchSize: 16,
  source: { learningRate: 8e-3, steps: 150 },
  own: { learningRate: 2e-3, steps: 20 },
  fusion: { learningRate: 1e-3, steps: 40 },
};

/** Labels of a domain that are used. */
export type Budget = number | 'all';

/** Training rows of a domain, about: for counting epochs. */
const ALL_ROWS = 590;

/** The options of a training run. */
export function trainingOptions(recipe: Recipe, { learningRate, steps }: Pace, labels: Budget, seed: number) {
  const { batchSize, pooling } = recipe;
  const rows = labels === 'all' ? ALL_ROWS : labels;
  const epochs = Math.ceil(steps / Math.ceil(rows / batchSize));
  return {
    ...(labels === 'all' ? {} : { trainRows: labels }),
    head: { pooling },
    settings: { batchSize, learningRate, epochs, seed, checkpointEvery: 0 },
  } satisfies Partial<TrainingOptions>;
}

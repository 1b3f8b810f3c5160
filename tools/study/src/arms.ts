import type { TrainingOptions } from 'adapterfusion';

/** How long and how fast something is trained; absent: the defaults of the product. */
export interface Pace {
  readonly learningRate?: number;
  /** Optimiser steps at least; always whole passes over the rows. */
  readonly steps?: number;
  readonly batchSize?: number;
}

/** A way to learn a target. */
export interface Arm {
  readonly name: string;
  readonly command: 'train' | 'fuse';
  readonly pace?: Pace;
  readonly options?: Partial<Omit<TrainingOptions, 'data'>> & { readonly fusion?: string };
  /** The target's own adapter among the fused ones: kept as it is, or trained again inside folds. Default: absent. */
  readonly own?: 'seen' | 'cross-fitted';
}

const BATCH = 16;

/** Settings of the loop for a pace. @param rows training rows */
export function settingsOf({ learningRate, steps, batchSize }: Pace, rows: number): Record<string, number> {
  const perEpoch = Math.ceil(rows / (batchSize ?? BATCH));
  return {
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(steps === undefined ? {} : { epochs: Math.ceil(steps / perEpoch) }),
  };
}

import type { TrainingOptions } from 'adapterfusion';

/** How long and how fast something is trained; absent: the defaults of the product. */
export interface Pace {
  readonly learningRate?: number;
  /** Optimiser steps at least; always whole passes over the rows. */
  readonly steps?: number;
  /** In the place of steps: a share of 80 · (rows / 64)^0.7. */
  readonly share?: number;
}

/** A way to learn a target. */
export interface Arm {
  readonly name: string;
  readonly command: 'train' | 'fuse';
  readonly pace?: Pace;
  readonly options?: Partial<Omit<TrainingOptions, 'data'>> & { readonly fusion?: string; readonly adapter?: string };
  /** The target's own adapter among the fused ones: kept as it is, or trained again inside folds. Default: absent. */
  readonly own?: 'seen' | 'cross-fitted';
  /** The target's labels get names that no source has, so that no head of a source counts. */
  readonly renamed?: boolean;
  /** A strategy of `train` whose probabilities are averaged with those of this arm, geometrically. */
  readonly beside?: 'head' | 'st-a';
}

const BATCH_SIZE = 16;

/** Settings of the loop for a pace. @param rows training rows */
export function settingsOf({ learningRate, steps, share }: Pace, rows: number): Record<string, number> {
  const wanted = share === undefined ? steps : share * 80 * (rows / 64) ** 0.7;
  const perEpoch = Math.ceil(rows / BATCH_SIZE);
  return {
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(wanted === undefined ? {} : { epochs: Math.ceil(wanted / perEpoch) }),
  };
}

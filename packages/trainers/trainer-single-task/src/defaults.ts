import type { LoopSettings } from '@adapterfusion/contracts';

/** Settings of the adapter's training; the head alone takes a higher rate. */
export const ADAPTER_SETTINGS: LoopSettings = Object.freeze({
  epochs: 4,
  batchSize: 16,
  accumulate: 1,
  learningRate: 5e-4,
  warmup: 0.06,
  weightDecay: 0,
  clip: 1,
  patience: 0,
  keep: 'last',
  seed: 0,
  maxLength: 128,
  classWeights: 'none',
  batching: 'length',
  checkpointEvery: 0,
});

export const HEAD_SETTINGS: LoopSettings = Object.freeze({ ...ADAPTER_SETTINGS, learningRate: 1e-3 });

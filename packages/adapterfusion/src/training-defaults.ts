import type { AnyConfigured, LoopSettings } from '@adapterfusion/contracts';

/** What defaults are chosen by. */
export interface TrainingCase {
  /** Id of what is trained: of the adapter's or the fusion's method, or the trainer's where it trains neither. */
  readonly method: string;
  /** Training rows. */
  readonly rows: number;
  /** Width of the encoder's hidden states. */
  readonly width: number;
}

/**
 * Settings of a training run where the user gave none. Every default of `train`, `fuse` and the table comes from this
 * function. Today they are the trainer's own.
 */
export function trainingDefaults(_: TrainingCase, trainer: AnyConfigured<'trainer'>): Partial<LoopSettings> {
  return trainer.create({}).defaults;
}

/** The strategy and the adapter's method of `train` where nothing else is said. */
export const OWN_STRATEGY = 'st-a';
export const OWN_ADAPTER = 'seq_bn';

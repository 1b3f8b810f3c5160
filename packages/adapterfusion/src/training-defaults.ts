import type { AnyConfigured, LoopSettings } from '@adapterfusion/contracts';

/** What defaults are chosen by. */
export interface TrainingCase {
  /** Id of what is trained: of the adapter's or the fusion's method, or the trainer's where it trains neither. */
  readonly method: string;
  /** Training rows; 0 where they are not known yet. */
  readonly rows: number;
  /** Width of the encoder's hidden states. */
  readonly width: number;
  /** Rows that may end the training and that no result is measured on. Default 0 */
  readonly heldOut?: number;
  /** Whether classes are unequal, so that results are compared by macro F1. Default false */
  readonly unequal?: boolean;
}

/** How fast and how long something is trained. */
interface Pace {
  /** With an encoder as wide as {@link NARROW}. */
  readonly learningRate: number;
  /** Whether a wider encoder has a lower rate, in the inverse proportion. */
  readonly byWidth?: boolean;
  /** Optimiser steps with {@link FEW} rows. */
  readonly steps: number;
}

/** From this number of held-out rows on the best epoch is kept: one point of accuracy is then about one row. */
const HELD_OUT = 128;

/** Training stops after this share of all epochs without improvement, and never after fewer epochs than these. */
const PATIENCE = { share: 1 / 3, epochs: 3 };

const FEW = 64;
const NARROW = 128;

/** Steps grow with rows to this power: twice the rows, 1.6 times the steps, and three quarters of the epochs. */
const GROWTH = 0.7;

/** Of an adapter by itself. */
const ADAPTER: Pace = { learningRate: 3e-3, steps: 80, byWidth: true };

/** Of a fusion, by its method. Attention has a hundred times the parameters of scaling and more, and over-fits sooner. */
const FUSIONS: { readonly [method: string]: Pace } = { scaling: { learningRate: 3e-3, steps: 24 } };
const ATTENTION: Pace = { learningRate: 1e-3, steps: 24, byWidth: true };

/** Of other trainers the settings are their own, with {@link LEAST_STEPS}. */
function paceOf(trainer: string, method: string): Pace | undefined {
  if (trainer === 'st-a') return ADAPTER;
  return trainer === 'fusion' ? (FUSIONS[method] ?? ATTENTION) : undefined;
}

/** Few rows are seen so often that there are so many optimiser steps. */
const LEAST_STEPS = 100;

const BATCH_SIZE = 16;

/**
 * Settings of a training run where the user gave none. Every default of `train`, `fuse` and the table comes from this
 * function. Rates and steps of an adapter and of a fusion were measured on the development targets of
 * docs/results/protocol.md. Where enough rows are held out, the best epoch on them is kept and training stops early; not on
 * rows that the result is measured on, since a figure on rows that chose the epoch says too much. Classes that
 * are unequal are weighed equally: with few rows a classifier would else answer with the largest.
 */
export function trainingDefaults(
  { method, rows, width, heldOut = 0, unequal = false }: TrainingCase,
  trainer: AnyConfigured<'trainer'>,
): Partial<LoopSettings> {
  const own = trainer.create({}).defaults;
  if (rows === 0) return own;
  const perEpoch = Math.ceil(rows / (own.batchSize ?? BATCH_SIZE));
  const pace = paceOf(trainer.plugin.id, method);
  const weights = unequal ? { classWeights: 'balanced' as const } : {};
  if (!pace) {
    const epochs = Math.max(own.epochs ?? 4, Math.ceil(LEAST_STEPS / perEpoch));
    return { ...own, epochs, ...(trainer.plugin.id === 'head' ? weights : {}) };
  }
  const steps = pace.steps * Math.max(1, rows / FEW) ** GROWTH;
  const learningRate = pace.learningRate * (pace.byWidth ? Math.min(1, NARROW / width) : 1);
  const epochs = Math.max(2, Math.ceil(steps / perEpoch));
  const patience = Math.max(PATIENCE.epochs, Math.ceil(PATIENCE.share * epochs));
  return {
    ...own,
    ...{ learningRate, epochs },
    ...(heldOut < HELD_OUT ? {} : { keep: 'best', patience }),
    ...weights,
  };
}

/** The strategy and the adapter's method of `train` where nothing else is said. */
export const OWN_STRATEGY = 'st-a';
export const OWN_ADAPTER = 'seq_bn';

/** What a validation after an epoch showed. */
export interface HistoryEntry {
  /** Counted from 1. */
  readonly epoch: number;
  readonly step: number;
  readonly metrics: { readonly [name: string]: number };
  /** Better than all before. */
  readonly best: boolean;
}

/** Where a run stands, beside its parameters and their moments. */
export interface RunState {
  /** Optimiser steps done. */
  step: number;
  /** Epochs done, their validation included. */
  epochs: number;
  history: HistoryEntry[];
  /** Nothing is left to do; the parameters are those that the run keeps. */
  finished: boolean;
  /** Values of the trainable parameters after the best epoch, by path, where they are to be kept. */
  bestWeights: ReadonlyMap<string, Float32Array> | undefined;
}

/** A run before its first step. */
export function newState(): RunState {
  return { step: 0, epochs: 0, history: [], finished: false, bestWeights: undefined };
}

/** The best epoch so far. */
export function bestOf(history: readonly HistoryEntry[]): HistoryEntry | undefined {
  return history.findLast(({ best }) => best);
}

/**
 * A validation as the next entry of a history: better means a larger value of `metric`; without one nothing is.
 * @param lower whether a smaller value is better
 */
export function recordValidation(
  history: readonly HistoryEntry[],
  entry: Omit<HistoryEntry, 'best'>,
  metric: string | undefined,
  lower = false,
): HistoryEntry {
  const before = bestOf(history);
  const value = metric === undefined ? NaN : entry.metrics[metric]!;
  const better = (a: number, b: number): boolean => (lower ? a < b : a > b);
  const best = !Number.isNaN(value) && (!before || better(value, before.metrics[metric!]!));
  return { ...entry, best };
}

/** Whether early stopping ends the run: `patience` validations in a row were no better than the best before. */
export function shouldStopEarly(history: readonly HistoryEntry[], patience: number): boolean {
  return patience > 0 && history.length - 1 - history.findLastIndex(({ best }) => best) >= patience;
}

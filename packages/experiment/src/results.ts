import type { TrainEvent } from '@adapterfusion/contracts';
import type { AttentionSummary, MeasuredSplit, ParameterCounts } from 'adapterfusion';
import type { Budget, Protocol } from './file.js';

/** What a run reached on a task. */
export interface TaskResult {
  readonly metrics: { readonly [name: string]: number };
  /** The rows it was measured on. */
  readonly split: MeasuredSplit;
  readonly rows: { readonly train: number; readonly measured: number };
  /** One a measured row. */
  readonly predictions: readonly unknown[];
  /** Time of a measured row, in batches of 32; absent for baselines. */
  readonly millisecondsPerRow?: number;
  /** Of a fusion: mean weights of its adapters. */
  readonly attention?: AttentionSummary;
}

/** What was seen when one of several tasks had been learned. */
export type Stage = Omit<Extract<TrainEvent, { type: 'stage' }>, 'type'>;

/** How training went. */
export interface Course {
  /** What was measured after each of several tasks that were learned one after another. */
  readonly stages?: readonly Stage[];
  /** Parameters that were trained. */
  readonly trainable: number;
  /** Parameters that its bundle holds. */
  readonly stored: number;
  /** Parameters of the model's parts; absent for baselines. */
  readonly parameters?: ParameterCounts;
  /** Of the training steps. */
  readonly seconds: number;
  /** The most bytes that the process had in memory after a step; absent for baselines and where the platform does not tell. */
  readonly memory?: number;
  /** The peak rate, where one was chosen on held-out rows. */
  readonly learningRate?: number;
  /** Means of the loss over at most 60 equal stretches of the steps. */
  readonly losses: readonly number[];
  /** What was measured after the epochs, on rows that choices may go by. */
  readonly history: readonly { readonly epoch: number; readonly metrics: { readonly [name: string]: number } }[];
}

/** A line of `results.jsonl`. */
export interface CellResult extends TaskResult, Course {
  readonly strategy: string;
  readonly task: string;
  readonly seed: number;
  readonly budget: Budget;
  readonly protocol: Protocol;
  /** Folder of its run under `runs`; cells of equal configurations share one. */
  readonly run: string;
}

/** A line of `sources.jsonl`: what an adapter that others mix reached on its own task, where that is no cell. */
export type SourceResult = Omit<CellResult, 'budget' | 'protocol'>;

/** What somebody else reached, another implementation or another experiment: as much of a line of `results.jsonl`. */
export type OtherResult = Pick<CellResult, 'strategy' | 'task' | 'seed' | 'metrics'>;

/** What a task is measured on: the truth behind the predictions. */
export interface TaskRecord {
  readonly labels: readonly string[];
  /** Names of the metrics, the first of which counts. */
  readonly metrics: readonly string[];
  readonly split: MeasuredSplit;
  /** One a measured row. */
  readonly truth: readonly unknown[];
}

/** A cell without a result. */
export interface FailedCell {
  readonly strategy: string;
  readonly task: string;
  readonly seed: number;
  readonly budget: Budget;
  readonly code: string;
  readonly message: string;
}

/** What a run leaves: `record.json` in its folder. */
export interface RunRecord extends Course {
  readonly tasks: { readonly [task: string]: TaskResult };
  readonly truths: { readonly [task: string]: TaskRecord };
}

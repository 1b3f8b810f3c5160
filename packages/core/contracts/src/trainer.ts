import type { ParameterReference } from './parameter.js';
import type { Supports } from './plugin.js';

/** Settings of the loop. Every field has a default in core/training; a trainer gives its strategy's own. */
export interface LoopSettings {
  readonly epochs: number;
  /** Rows per optimiser step and micro-batch. */
  readonly batchSize: number;
  /** Micro-batches per optimiser step. */
  readonly accumulate: number;
  /** Peak learning rate. */
  readonly learningRate: number;
  /** Share of all steps over which the rate rises linearly from 0; afterwards it falls linearly to 0. */
  readonly warmup: number;
  /** Decoupled weight decay. */
  readonly weightDecay: number;
  /** Largest global gradient norm; 0 turns clipping off. */
  readonly clip: number;
  /** Epochs without improvement of the validation metric after which training stops; 0 turns early stopping off. */
  readonly patience: number;
  /** Which weights are kept: those after the last epoch, or of the epoch with the best validation metric. */
  readonly keep: 'last' | 'best';
  readonly seed: number;
  /** Longest input in tokens. */
  readonly maxLength: number;
  /** `balanced` weighs every class by the inverse of its frequency. */
  readonly classWeights: 'none' | 'balanced';
  /** `length`: batches of rows of similar length; `shuffle`: rows as they are drawn. */
  readonly batching: 'length' | 'shuffle';
  /** Optimiser steps between checkpoints; 0 for none but at the end of an epoch. */
  readonly checkpointEvery: number;
  /**
   * MiB of memory in which what the layers below everything that trains make of each row is kept from epoch to epoch. Those
   * layers are then run without dropout. 0: nothing is kept, and they are run with dropout in every step.
   */
  readonly activationCache: number;
}

/** A stretch of training with one set of trainable parameters. */
export interface Phase {
  readonly name: string;
  /** Whether a parameter trains. */
  trains(parameter: ParameterReference): boolean;
  readonly settings: LoopSettings;
  /** Names of the tasks that it trains on; all by default. Every step is a batch of one of them. */
  readonly tasks?: readonly string[];
  /**
   * How often the steps of an epoch are of each task: numbers above 0 in any proportion, one a task in the order of
   * {@link Phase.tasks}. By default every task has its share of the rows.
   * @param epoch counted from 1
   */
  shares?(epoch: number): readonly number[];
  /** What a step leaves out: a function of the step, so that a run can go on anywhere. @param step counted from 0 */
  exclusions?(step: number): StepExclusions;
}

/** What takes no part in a step. */
export interface StepExclusions {
  /** Layers, counted from 0, in which no adapter acts. */
  readonly skip?: readonly number[];
  /** Names of children that fusions leave out of their softmax; at a site with no other child the fusion does not act. */
  readonly mask?: readonly string[];
}

/** What happened. Progress bars, logs and tests read the same events. */
export type TrainEvent =
  | {
      readonly type: 'start';
      readonly phase: string;
      /** Optimiser steps in all. */
      readonly steps: number;
      readonly rows: number;
      readonly trainable: number;
      /** Steps done before, when a run goes on. */
      readonly resumedAt: number;
      /** With an `activationCache`: how many layers are below all that trains, and for how many rows what they make is kept. */
      readonly activationCache?: { readonly layers: number; readonly rows: number };
    }
  | {
      readonly type: 'step';
      readonly phase: string;
      /** Steps done. */
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      readonly loss: number;
      readonly penalty: number;
      readonly learningRate: number;
      readonly gradientNorm: number;
      readonly rows: number;
      readonly tokens: number;
      readonly paddedTokens: number;
      /** Which task its rows are of, in a phase of several. */
      readonly task?: string;
      readonly seconds: number;
      /** Tensors alive after the step. */
      readonly tensors: number;
    }
  | {
      readonly type: 'evaluation';
      readonly phase: string;
      readonly step: number;
      readonly epoch: number;
      /** In a phase of several tasks `task/metric`, and first of all `mean`, that of every task's first metric. */
      readonly metrics: { readonly [name: string]: number };
      readonly best: boolean;
    }
  | {
      /** One of several tasks that are learned one after another has been learned. */
      readonly type: 'stage';
      /** The task. */
      readonly task: string;
      /** By task, of all that have been learned so far: metrics on the rows that the task is measured on. */
      readonly metrics: { readonly [task: string]: { readonly [name: string]: number } };
      /** By earlier task: its first metric right after it was learned, less what it is now. */
      readonly forgetting: { readonly [task: string]: number };
    }
  | { readonly type: 'checkpoint'; readonly phase: string; readonly step: number; readonly path: string }
  | {
      readonly type: 'done';
      readonly phase: string;
      readonly steps: number;
      readonly epochs: number;
      readonly stoppedEarly: boolean;
      readonly interrupted: boolean;
      readonly metrics: { readonly [name: string]: number };
      readonly seconds: number;
    };

/** A task that takes part in a run. Its head has the same name, and so has its adapter where every task has one. */
export interface TrainerTask {
  readonly name: string;
  /** Rows to train on. */
  readonly rows: number;
}

/** What a trainer is handed. */
export interface TrainerContext {
  /** Complete settings: the user's, then the trainer's defaults, then the loop's. */
  readonly settings: LoopSettings;
  /** Names of what the composition holds, for choosing what trains. */
  readonly adapters: readonly string[];
  readonly fusions: readonly string[];
  /** In the order that the user gave; one, unless the plugin's `supports.tasks` is `several`. */
  readonly tasks: readonly TrainerTask[];
  /** The head of the first task. */
  readonly head: string;
  /** Paths of the encoder's parameters that the heads depend on: without the pooler's where none reads the pooler. */
  readonly encoder: readonly string[];
  /** How many layers the encoder has. */
  readonly layers: number;
  /** Trains for a phase. */
  loop(phase: Phase): AsyncGenerator<TrainEvent, void, void>;
  /**
   * Metrics with the present parameters on the rows that a task is measured on; no choice may go by them.
   * @param task the first by default
   */
  evaluate(task?: string): Promise<{ readonly [name: string]: number }>;
}

/** A strategy: what trains, on which batches, in which order. */
export interface Trainer {
  /** The settings that are used where the user gave none. */
  readonly defaults: Partial<LoopSettings>;
  /** What trains beside the heads with these options, where it is not what the plugin's `supports.trains` says. */
  readonly trains?: Supports['trainer']['trains'];
  run(ctx: TrainerContext): AsyncGenerator<TrainEvent, void, void>;
}

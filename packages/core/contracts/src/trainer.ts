import type { LossWeights } from './head.js';
import type { ParameterReference } from './parameter.js';
import type { Supports } from './plugin.js';
import type { HostTargets, RowOutput } from './task.js';
import type { Tensor } from './tensor.js';

/** Settings of the loop. Every field has a default in core/training; a trainer gives its strategy's own. */
export interface LoopSettings {
  readonly epochs: number;
  /** Rows per optimiser step and micro-batch. */
  readonly batchSize: number;
  /** Micro-batches per optimiser step. */
  readonly accumulate: number;
  /**
   * `adamw`: as `torch.optim.AdamW`, with betas 0.9 and 0.999 and epsilon 1e-8. `sgd`: as `torch.optim.SGD`, without dampening
   * and without Nesterov momentum.
   */
  readonly optimizer: 'adamw' | 'sgd';
  /** Momentum of `sgd`, 0 to 1; 0 keeps no momentum buffers. */
  readonly momentum: number;
  /** Peak learning rate. */
  readonly learningRate: number;
  /**
   * The learning rate after warm-up, as the `get_*_schedule_with_warmup` functions of Hugging Face transformers: `linear` falls
   * to 0 in a straight line, `cosine` along half a period of a cosine, `constant` stays at the peak.
   */
  readonly schedule: 'linear' | 'cosine' | 'constant';
  /** Fraction of all steps for learning-rate warm-up: the rate rises linearly from 0 to its peak. */
  readonly warmup: number;
  /** Weight decay: decoupled with `adamw`; with `sgd` an L2 term that is added to the clipped gradient, as in PyTorch. */
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
  /**
   * The group of a parameter that trains; undefined: the settings apply unchanged. Part of the run's identity: a checkpoint of
   * other groups is refused.
   */
  groups?(parameter: ParameterReference): ParameterGroup | undefined;
  /**
   * Factor of the peak learning rate at a step, in place of the schedule and the warm-up of the settings: a function of its
   * arguments only.
   * @param step counted from 0  @param steps all steps of the phase
   */
  schedule?(step: number, steps: number): number;
  /**
   * The loss of a micro-batch, in place of the head's: a scalar, the mean over the rows. Called under the gradient tape: it
   * uses operations of `@adapterfusion/tensor`, and the loop frees what they allocate.
   */
  loss?(batch: LossBatch): Tensor;
  /** By task, the places of the training rows that the phase trains on, each once; all rows where a task is not named. */
  readonly rows?: { readonly [task: string]: readonly number[] };
  /**
   * The micro-batches of an epoch, each as the places of its rows among the task's, in place of those that `batchSize` and
   * `batching` make: rows that belong together, such as pairs, share a micro-batch, and a row may occur several times. A
   * function of its arguments only, so that a run resumes anywhere. Every epoch has the same number of micro-batches.
   * @param epoch of the task, counted from 1
   */
  batches?(epoch: number, task: string): readonly (readonly number[])[];
  /**
   * The metric that early stopping and the best epoch go by; of several tasks its mean. Every task's kind has it. Default: the
   * first of the metrics that a task is measured by.
   */
  readonly metric?: string;
}

/** How the settings differ for a parameter. */
export interface ParameterGroup {
  /** Factor of the learning rate. Default 1 */
  readonly learningRate?: number;
  /** In place of the setting. */
  readonly weightDecay?: number;
}

/** What a loss is a function of. */
export interface LossBatch {
  /** As {@link Head.forward} gives them. */
  readonly outputs: Tensor;
  /** What the head reads: `[inputs, hidden]` from its `pool`, or `[inputs, time, hidden]` where it has none. */
  readonly features: Tensor;
  /** As the task kind collates them. */
  readonly targets: HostTargets;
  readonly weights?: LossWeights;
  /** Places of the rows among the task's training rows, in the order of the batch. */
  readonly rows: readonly number[];
  readonly task: string;
  /** Counted from 0. */
  readonly step: number;
  /** The head's own loss of this micro-batch. */
  headLoss(): Tensor;
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
  /** The class of a row for stratified folds and pairs of one class, as the task kind says; undefined where it has none. */
  stratum(place: number): number | undefined;
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
  /**
   * Trains for a phase. Its generator pauses at every event: code of the trainer between two `step` events runs between the two
   * steps. Checkpoints are kept by the phase's name, which no other phase of the run has; a phase that has ended is not trained
   * again when the run resumes, its parameters get the values that it ended with.
   */
  loop(phase: Phase): AsyncGenerator<TrainEvent, void, void>;
  /**
   * Metrics with the present parameters on the rows that a task is measured on; no choice may go by them.
   * @param task the first by default
   */
  evaluate(task?: string): Promise<{ readonly [name: string]: number }>;
  /**
   * The head's outputs for training rows, with the present parameters and in evaluation mode: a teacher's, or those of rows
   * that a fold left out. The rows are read into memory.
   * @param rows places of rows; all by default  @param task the first by default
   * @returns one a row, in the order asked for
   */
  outputs(rows?: readonly number[], task?: string): Promise<readonly RowOutput[]>;
  /**
   * Copies the present values of parameters into memory.
   * @returns a function that gives the parameters these values again, as often as it is called
   */
  snapshot(selects: (parameter: ParameterReference) => boolean): Promise<() => void>;
}

/** A strategy: what trains, on which batches, in which order. */
export interface Trainer {
  /** The settings that are used where the user gave none. */
  readonly defaults: Partial<LoopSettings>;
  /** What trains beside the heads with these options, where it is not what the plugin's `supports.trains` says. */
  readonly trains?: Supports['trainer']['trains'];
  run(ctx: TrainerContext): AsyncGenerator<TrainEvent, void, void>;
}

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
}

/** A stretch of training with one set of trainable parameters. */
export interface Phase {
  readonly name: string;
  /** Whether the parameter with this path trains. */
  trains(path: string): boolean;
  readonly settings: LoopSettings;
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
      readonly seconds: number;
      /** Tensors alive after the step. */
      readonly tensors: number;
    }
  | {
      readonly type: 'evaluation';
      readonly phase: string;
      readonly step: number;
      readonly epoch: number;
      readonly metrics: { readonly [name: string]: number };
      readonly best: boolean;
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

/** What a trainer is handed. */
export interface TrainerContext {
  /** Complete settings: the user's, then the trainer's defaults, then the loop's. */
  readonly settings: LoopSettings;
  /** Names of what the composition holds, for choosing what trains. */
  readonly adapters: readonly string[];
  readonly fusions: readonly string[];
  readonly head: string;
  /** Paths of the encoder's parameters that the head depends on: without the pooler's where it reads no pooler. */
  readonly encoder: readonly string[];
  /** Trains for a phase. */
  loop(phase: Phase): AsyncGenerator<TrainEvent, void, void>;
  /** Metrics on the validation rows with the present parameters. */
  evaluate(): Promise<{ readonly [name: string]: number }>;
}

/** A strategy: what trains, on which batches, in which order. */
export interface Trainer {
  /** The settings that are used where the user gave none. */
  readonly defaults: Partial<LoopSettings>;
  run(ctx: TrainerContext): AsyncGenerator<TrainEvent, void, void>;
}

import type { Tensor, TrainMode } from '@adapterfusion/contracts';

/** Host arrays of a padded batch, as `@adapterfusion/text` pads; `ids`, `types` and `mask` are `[rows, time]`. */
export interface HostBatch {
  readonly ids: Int32Array;
  readonly types: Int32Array;
  /** 1 for a token, 0 for padding. */
  readonly mask: Float32Array;
  readonly shape: readonly [rows: number, time: number];
}

/** A model's parameters by path. */
export interface TrainableParameters {
  /** A parameter, changed by `assign` of `@adapterfusion/tensor`. */
  get(path: string): Tensor;
  /** Decides which parameters train; everything else is frozen. */
  setTrainable(trains: (path: string) => boolean): void;
  /** Those that train, in a fixed order. */
  trainable(): ReadonlyMap<string, Tensor>;
}

/** What the loop needs of a model; `Model` of `@adapterfusion/model` is one. */
export interface TrainableModel {
  readonly parameters: TrainableParameters;
  /** Mean loss over a micro-batch, a scalar, and its gradients by path. All tensors are the caller's. */
  lossAndGradients(
    batch: HostBatch,
    labels: readonly number[],
    options: { readonly head: string; readonly classWeights?: readonly number[]; readonly train: TrainMode },
  ): { loss: Tensor; gradients: Map<string, Tensor> };
  /** The penalty on the trainable parameters and its gradients; undefined where there is none. All the caller's. */
  penaltyGradients(): { penalty: Tensor; gradients: Map<string, Tensor> } | undefined;
  /** Logits `[rows, labels]` in evaluation mode, the caller's. */
  logits(batch: HostBatch, options: { readonly head: string }): Tensor;
}

/** A row that is ready to train on. */
export interface TrainingRow {
  readonly ids: number[];
  readonly types: number[];
  /** Index into the labels. */
  readonly label: number;
  /** Where it came from, `file:line`, for messages. */
  readonly at?: string;
}

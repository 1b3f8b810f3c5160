import type { HostBatch, StepExclusions, Tensor, TrainMode } from '@adapterfusion/contracts';
import type { TokenRow } from '@adapterfusion/text';

/** A model's parameters by path. */
export interface TrainableParameters {
  /** A parameter, changed by `assign` of `@adapterfusion/tensor`. */
  get(path: string): Tensor;
  /** Decides which parameters train; everything else is frozen. */
  setTrainable(trains: (path: string) => boolean): void;
  /** Those that train, in a fixed order. */
  trainable(): ReadonlyMap<string, Tensor>;
}

/** What a loss is taken over, beside the batch. */
interface LossInput extends StepExclusions {
  readonly head: string;
  readonly classWeights?: readonly number[];
  readonly train: TrainMode;
  /** What {@link TrainableModel.activations} gave for these rows: the pass begins there. */
  readonly activations?: Tensor;
}

/** What the loop needs of a model; `Model` of `@adapterfusion/model` is one. */
export interface TrainableModel {
  readonly parameters: TrainableParameters;
  /**
   * Mean loss over a micro-batch, a scalar, and its gradients by path; a parameter that the loss does not reach may have
   * none, and is then left alone. All tensors are the caller's.
   */
  lossAndGradients(
    batch: HostBatch,
    labels: readonly number[],
    options: LossInput,
  ): { loss: Tensor; gradients: Map<string, Tensor> };
  /** How many layers lie below everything that trains; 0 where the encoder does. Absent: a model that cannot say. */
  frozenLayers?(): number;
  /** What those layers make of a batch, without dropout: `[inputs, time, width]`, or `[inputs, 1, width]`; the caller's. */
  activations?(batch: HostBatch, options: { readonly head: string }): Tensor;
  /** The penalty on the trainable parameters and its gradients; undefined where there is none. All the caller's. */
  penaltyGradients(): { penalty: Tensor; gradients: Map<string, Tensor> } | undefined;
  /**
   * Rows that a pass needs together, in their order, since the composition tells them apart by their places; undefined:
   * any rows, in any order.
   */
  readonly rowGroup?: number | undefined;
  /** Logits `[rows, labels]` in evaluation mode, the caller's. */
  logits(batch: HostBatch, options: { readonly head: string }): Tensor;
}

/** A row that is ready to train on. */
export interface TrainingRow extends TokenRow {
  /** Index into the labels or the choices; in regression the number itself. */
  readonly label: number;
  /** Where it came from, `file:line`, for messages. */
  readonly at?: string;
}

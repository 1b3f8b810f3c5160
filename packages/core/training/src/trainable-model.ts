import type {
  AnyTaskKind,
  Example,
  HostBatch,
  HostTargets,
  LossBatch,
  LossWeights,
  Row,
  StepExclusions,
  Tensor,
  TrainMode,
} from '@adapterfusion/contracts';

/** A model's parameters by path. */
export interface TrainableParameters {
  /** A parameter, changed by `assign` of `@adapterfusion/tensor`. */
  get(path: string): Tensor;
  /** Decides which parameters train; everything else is frozen. */
  setTrainable(trains: (path: string) => boolean): void;
  /** Those that train, in a fixed order. */
  trainable(): ReadonlyMap<string, Tensor>;
}

/** What a loss of a trainer's own reads of a pass. */
export type HeadPass = Pick<LossBatch, 'outputs' | 'features' | 'headLoss'>;

/** What a loss is taken over, beside the batch. */
interface LossInput extends StepExclusions {
  readonly head: string;
  /** {@link LoopTask.composition} of the task. */
  readonly composition?: unknown;
  readonly weights?: LossWeights;
  readonly train: TrainMode;
  /** What {@link TrainableModel.activations} gave for these rows: the pass begins there. */
  readonly activations?: Tensor;
  /** Places of the batch's rows among the task's; the loop always names them. */
  readonly rows?: readonly number[];
  /** The loss in place of the head's; called under the gradient tape. */
  readonly loss?: (pass: HeadPass) => Tensor;
}

/** What is asked for beside a batch that is answered. */
interface LogitsInput {
  readonly head: string;
  readonly composition?: unknown;
  /** Places of the batch's rows among all that are measured; `evaluate` always names them. */
  readonly rows?: readonly number[];
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
    targets: HostTargets,
    options: LossInput,
  ): { loss: Tensor; gradients: Map<string, Tensor> };
  /** How many layers lie below everything that trains; 0 where the encoder does. Absent: a model that cannot say. */
  frozenLayers?(composition?: unknown): number;
  /** What those layers make of a batch, without dropout: `[inputs, time, width]`, or `[inputs, 1, width]`; the caller's. */
  activations?(batch: HostBatch, options: { readonly head: string; readonly composition?: unknown }): Tensor;
  /** The penalty on the trainable parameters and its gradients; undefined where there is none. All the caller's. */
  penaltyGradients(): { penalty: Tensor; gradients: Map<string, Tensor> } | undefined;
  /**
   * Rows that a pass needs together, in their order, since the composition tells them apart by their places; undefined:
   * any rows, in any order.
   */
  rowGroup?(composition?: unknown): number | undefined;
  /** A head's outputs, `[inputs, outputs]` or `[inputs, time, outputs]`, in evaluation mode, the caller's. */
  logits(batch: HostBatch, options: LogitsInput): Tensor;
}

/** A row that is ready to train on. */
export interface TrainingRow extends Row {
  /** What the loss reads, opaque outside the task kind. */
  readonly target: unknown;
  /** Where it came from, `file:line`, for messages. */
  readonly at?: string;
  /** The example; rows of one example follow each other and share it. Absent: the row is an example, and its target the example's. */
  readonly example?: Example;
}

/** The part of a task kind that training and evaluation use. */
export type TrainingKind = Pick<
  AnyTaskKind,
  'labels' | 'collate' | 'classes' | 'metrics' | 'decode' | 'prediction' | 'target'
>;

import type { ParameterRandom } from './adapter.js';
import type { Params, Tensor } from './tensor.js';
import type { TrainMode } from './site.js';
import type { HostArray, HostTargets } from './task.js';

/** What a head knows of the model it stands on. */
export interface HeadContext {
  /** Width of the hidden states. */
  readonly hidden: number;
  /** Number of labels; 0 where the task has none. */
  readonly labels: number;
  /** The backbone's dropout, used when the head's own is not set. */
  readonly dropout: number;
}

/** What a head reads. */
export interface HeadInput {
  /** `[batch, time, hidden]`; `[batch, 1, hidden]` may come where the head reads the first token only. */
  readonly hidden: Tensor;
  /** `[batch, time]` */
  readonly mask: Tensor;
  /** `[batch, hidden]` from the backbone's pooler, computed when called; absent where it has none. */
  readonly pooled?: () => Tensor | undefined;
  readonly train?: TrainMode;
}

/** Names of the parameters of a linear head. */
export interface LinearHead {
  /** `[outputs, hidden]` */
  readonly weight: string;
  /** `[outputs]` */
  readonly bias: string;
}

/** How {@link Head.fit} fits. */
export interface HeadFitOptions {
  /**
   * Parameters of heads of related tasks, by the names in {@link Head.init}: a penalty may pull towards them, where rows that
   * the fit has not seen say that they help. Default: none.
   */
  readonly prior?: { readonly [parameter: string]: HostArray };
  /** Weights in the mean that the loss is. Default 1 */
  readonly weights?: LossWeights;
  /** Seed of the folds of rows by which the strength of a penalty is chosen. */
  readonly seed: number;
}

/** Parameters of a head that were fitted in closed form. */
export interface HeadFit {
  /** All of them, by their names in {@link Head.init}. */
  readonly params: { readonly [parameter: string]: HostArray };
  /** The mean loss, in the unit of {@link Head.loss}, of rows that the fit has not seen. Absent where rows are too few to be divided. */
  readonly loss?: number;
  /** Of {@link loss}, over rows. */
  readonly standardError?: number;
}

/** Weights in the mean that a loss is; absent: 1. */
export interface LossWeights {
  /** One a label: a row, or a token, weighs as its class does. */
  readonly class?: readonly number[] | undefined;
  /** One a row. */
  readonly row?: readonly number[] | undefined;
}

/** A task's output: pure, like an adapter. */
export interface Head {
  /** How many numbers an encoding, or a token, gets. */
  readonly outputs: number;
  /** @returns tensors that the caller owns */
  init(random: ParameterRandom): Params;
  /** Which tokens are used; the backbone's pooler uses the first. Default all. */
  readonly tokensUsed?: 'first' | 'all';
  /** Whether {@link pool} reads the backbone's pooler, whose parameters then belong to what the head depends on. Default false */
  readonly readsPooler?: boolean;
  /**
   * Features `[inputs, hidden]` of the hidden states, before any of the head's own parameters: they may be cached.
   * Absent: the features are the hidden states of all tokens, `[inputs, time, hidden]`.
   */
  pool?(input: HeadInput): Tensor;
  /**
   * @param features what {@link pool} gave, or `[inputs, time, hidden]`
   * @returns outputs `[inputs, outputs]`, or `[inputs, time, outputs]` without `pool`
   */
  forward(params: Params, features: Tensor, train?: TrainMode): Tensor;
  /**
   * Present where, without dropout, {@link forward} is exactly `weight · features + bias`, with an output for each label: the
   * head of another task with the same labels, in another order, is then the same rows in another order.
   */
  readonly linear?: LinearHead;
  /**
   * Fits all parameters to pooled features in closed form, deterministically. A head that has it starts fitted, and is compared
   * by its {@link HeadFit.loss}. Absent: the head starts at random and is trained in steps.
   * @param features as {@link pool} gives them, `[inputs, hidden]`, at least one
   * @param targets as the task kind collates them
   */
  fit?(features: HostArray, targets: HostTargets, options: HeadFitOptions): HeadFit | Promise<HeadFit>;
  /**
   * Mean loss over the rows of a batch, a scalar.
   * @param outputs as {@link forward} gives them
   * @param targets as the task kind collates them
   */
  loss(outputs: Tensor, targets: HostTargets, weights?: LossWeights): Tensor;
}

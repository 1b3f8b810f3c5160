import type { ParameterRandom } from './adapter.js';
import type { Params, Tensor } from './tensor.js';
import type { TrainMode } from './site.js';

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

/** A task's output: pure, like an adapter. */
export interface Head {
  /** Numbers that an input gets: one a label, or one. */
  readonly outputs: number;
  /** @returns tensors that the caller owns */
  init(random: ParameterRandom): Params;
  /** Which tokens {@link pool} reads; the backbone's pooler reads the first. Default all. */
  readonly reads?: 'first' | 'all';
  /** Whether {@link pool} reads the backbone's pooler, whose parameters then belong to what the head depends on. Default false */
  readonly readsPooler?: boolean;
  /** `[inputs, hidden]`, what the head reads of the hidden states, before any of its own parameters. */
  pool(input: HeadInput): Tensor;
  /**
   * @param pooled `[inputs, hidden]`
   * @returns logits `[inputs, outputs]`
   */
  logits(params: Params, pooled: Tensor, train?: TrainMode): Tensor;
  /**
   * Present where, without dropout, {@link logits} are exactly `weight · pooled + bias`: the parameters can then be fitted
   * in closed form on pooled features.
   */
  readonly linear?: LinearHead;
  /**
   * Mean loss over the rows, a scalar.
   * @param logits as {@link logits} gives them
   * @param labels one a row: the index of a label or a choice; in regression the number itself
   * @param classWeights one a label
   * @param groups how many inputs, one after another, each row has that are scored together; absent: one
   */
  loss(logits: Tensor, labels: readonly number[], classWeights?: readonly number[], groups?: readonly number[]): Tensor;
  /**
   * What the logits of one row mean, those of its inputs one after another: probabilities of its labels or choices; in
   * regression the number itself.
   */
  scores(logits: readonly number[]): number[];
}

import type { ParameterRandom } from './adapter.js';
import type { Params, Tensor } from './tensor.js';
import type { TrainMode } from './site.js';

/** What a head knows of the model it stands on. */
export interface HeadShape {
  /** Width of the hidden states. */
  readonly hidden: number;
  /** Number of labels. */
  readonly labels: number;
  /** The backbone's dropout, used when the head's own is not set. */
  readonly dropout: number;
}

/** What a head reads. */
export interface HeadInput {
  /** `[batch, time, hidden]` */
  readonly hidden: Tensor;
  /** `[batch, time]` */
  readonly mask: Tensor;
  /** `[batch, hidden]` from the backbone's pooler, computed when called; absent where it has none. */
  readonly pooled?: () => Tensor | undefined;
  readonly train?: TrainMode;
}

/** A task's output: pure, like an adapter. */
export interface Head {
  readonly outputs: number;
  /** @returns tensors that the caller owns */
  init(random: ParameterRandom): Params;
  /** `[batch, hidden]`, what the head reads of the hidden states, before any of its own parameters. */
  pool(input: HeadInput): Tensor;
  /** @param pooled `[batch, hidden]`  @returns logits `[batch, labels]` */
  logits(params: Params, pooled: Tensor, train?: TrainMode): Tensor;
  /**
   * Mean loss over the batch, a scalar.
   * @param logits `[batch, labels]`  @param labels one a row  @param classWeights one a label
   */
  loss(logits: Tensor, labels: readonly number[], classWeights?: readonly number[]): Tensor;
  /** Scores from logits of one row, `[labels]`: probabilities for classification. */
  scores(logits: readonly number[]): number[];
}

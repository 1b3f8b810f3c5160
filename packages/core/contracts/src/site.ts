import type { Tensor } from './tensor.js';

/**
 * What kind of place a site is. `sublayer`: after a sub-layer, before its residual and norm; `linear`: a projection;
 * `embedding`: after the embeddings, with their norm; `attention`: between the projections of a self-attention and its
 * weights. `layer` and `sequence` are reserved and refused (`SITE_UNSUPPORTED`).
 */
export type SiteRole = 'sublayer' | 'linear' | 'embedding' | 'attention' | 'layer' | 'sequence';

/** A named place in a backbone where an adapter may act. */
export interface Site {
  /** Unique in its backbone, `layer/location`: `"3/output_adapter"`. */
  readonly name: string;
  readonly role: SiteRole;
  /** Layer index, counted from 0; −1 for the embeddings. */
  readonly layer: number;
  /** The field's name of the place: `mh_adapter`, `output_adapter`, `query`, `key`, `value`, … */
  readonly location: string;
  /** Width of what enters. */
  readonly inDim: number;
  /** Width of what leaves. */
  readonly outDim: number;
  /** At a linear site: path of the projection's parameters in the backbone, without `.weight` and `.bias`. */
  readonly projection?: string;
}

/** Where the random numbers of a training step come from: everything random is a function of these and a path. */
export interface RandomKey {
  readonly seed: number;
  /** Optimiser step, counted from 0. */
  readonly step: number;
  /** Micro-batch within the step, counted from 0. */
  readonly microBatch: number;
}

/** Present while training (dropout on), absent in evaluation. */
export interface TrainMode {
  readonly key: RandomKey;
  /** What the paths of random masks lie under: of several heads every one has masks of its own. Absent: nothing. */
  readonly under?: string;
}

/** What a self-attention computes its weights from, head by head. */
export interface AttentionInput {
  /** `[batch, heads, asking, width / heads]`: of all tokens, or of the first alone. */
  readonly query: Tensor;
  /** `[batch, heads, time, width / heads]` */
  readonly key: Tensor;
  /** `[batch, heads, time, width / heads]` */
  readonly value: Tensor;
  /** `[batch, time]`, 1 for a position that is attended to and 0 for one that is not. */
  readonly mask: Tensor;
}

/** What an adapter sees at an `attention` site. Every tensor belongs to the caller. */
export interface AttentionContext extends AttentionInput {
  readonly site: Site;
  /** Unique path of what acts here: what its random masks are keyed by. */
  readonly scopeName: string;
  /** `[batch, asking, width]`, what entered the layer. */
  readonly x: Tensor;
  readonly train?: TrainMode;
}

/** What an adapter sees at a site. Every tensor belongs to the caller; an adapter disposes of none. */
export interface SiteContext {
  readonly site: Site;
  /** Unique path of what acts here (`adapters/a/3/output_adapter`): what its random masks are keyed by. */
  readonly scopeName: string;
  /** `[batch, time, inDim]`, what entered the sub-layer or projection. */
  readonly x: Tensor;
  /** `[batch, time, outDim]`, the frozen sub-layer's output. */
  readonly y: Tensor;
  /** `[batch, time, outDim]`, the running value; equals `y` until an adapter has changed it. */
  readonly h: Tensor;
  /** `[batch, time, outDim]`, the residual that will be added at a sublayer site. */
  readonly residual?: Tensor;
  /** The norm after the residual, `[..., outDim] → [..., outDim]`; at sublayer sites of encoders that normalise there. */
  readonly norm?: (value: Tensor) => Tensor;
  /** `norm(y + residual)` computed once a site and shared; without norm `y + residual`, without residual `y`. Not to be disposed by the caller. */
  normed(): Tensor;
  /** `[batch, time]`, 1 for a token and 0 for padding. */
  readonly mask: Tensor;
  readonly batch: number;
  readonly time: number;
  readonly train?: TrainMode;
}

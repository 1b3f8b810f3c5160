import type { Tensor, Params } from './tensor.js';
import type { Site, TrainMode } from './site.js';

/** One of a backbone's parameters. */
export interface ParameterSpec {
  readonly path: string;
  readonly shape: readonly number[];
  /** True when it counts for the fingerprint: encoder tensors, no pooler. */
  readonly fingerprint: boolean;
  /** True when a checkpoint may lack it. */
  readonly optional?: boolean;
}

/** A padded batch in host arrays, row-major. */
export interface HostBatch {
  readonly ids: Int32Array;
  readonly types: Int32Array;
  /** 1 for a token, 0 for padding. */
  readonly mask: Float32Array;
  readonly shape: readonly [inputs: number, time: number];
  /** How many of the inputs, one after another, each row has. Absent: every input is a row. */
  readonly groups?: readonly number[];
}

/** Token ids of a batch on the backend, all `[batch, time]`, int32 except the mask (float32, 1 for a token and 0 for padding). */
export interface TokenBatch {
  readonly ids: Tensor;
  readonly types: Tensor;
  readonly mask: Tensor;
}

/** What a backbone hands to {@link SiteHook}: the site's context without the running value and the shared norm. */
export interface SiteHookInput {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly residual?: Tensor;
  readonly norm?: (value: Tensor) => Tensor;
}

/** What a backbone hands to {@link SiteHook.attention}: projections before they are divided among the heads. */
export interface AttentionHookInput {
  /** `[batch, asking, width]`, what entered the layer. */
  readonly x: Tensor;
  /** `[batch, asking, width]` */
  readonly query: Tensor;
  /** `[batch, time, width]` */
  readonly key: Tensor;
  /** `[batch, time, width]` */
  readonly value: Tensor;
  /** `[batch, time]` */
  readonly mask: Tensor;
  readonly heads: number;
}

/** Called by a backbone at each of its sites. */
export interface SiteHook {
  /**
   * At `embedding`, `linear` and `sublayer` sites, with all tokens or the first alone.
   * @returns what goes on through the layer, `[batch, time, outDim]`
   */
  (site: Site, call: SiteHookInput): Tensor;
  /**
   * At `attention` sites. Absent: nothing acts there.
   * @returns what attention is computed from; there may be more positions, `[batch, more, width]`, and their mask
   */
  attention?(site: Site, call: AttentionHookInput): Pick<AttentionHookInput, 'query' | 'key' | 'value' | 'mask'>;
}

/** What a backbone is told about the pass. */
export interface PassContext {
  readonly train?: TrainMode;
  /** Of what the layer returns only the first token is read: it may return `[batch, 1, hidden]`. Absent: all are. */
  readonly tokensUsed?: 'first';
}

/** A pretrained encoder: pure, the same function whether frozen or trained. Forward is `embed`, then each `layer`. */
export interface Backbone {
  /** The architecture's name, as the hub's `model_type`. */
  readonly modelType: string;
  /** Width of the hidden states. */
  readonly hidden: number;
  readonly layers: number;
  /** Longest input in tokens, special tokens included. */
  readonly maxLength: number;
  /** Dropout probability on a head's input when the head names none. */
  readonly headDropout: number;
  /** Dropout probability that a fusion's logits take when the fusion names none. */
  readonly attentionDropout: number;
  readonly sites: readonly Site[];
  readonly parameters: readonly ParameterSpec[];
  /** Maps a checkpoint's tensor name to a parameter path, or undefined for one that is not needed. */
  pathOf(tensorName: string): string | undefined;
  /** @returns hidden states `[batch, time, hidden]`, the caller's; `act` has been called at the `embedding` site */
  embed(params: Params, batch: TokenBatch, act: SiteHook, pass: PassContext): Tensor;
  /** @param mask `[batch, time]`  @returns hidden states `[batch, time, hidden]` or what {@link PassContext.tokensUsed} allows, the caller's */
  layer(index: number, params: Params, hidden: Tensor, mask: Tensor, act: SiteHook, pass: PassContext): Tensor;
  /** The pooler over the first token, `[batch, time, hidden] → [batch, hidden]`, or undefined where `params` has none. */
  pool?(params: Params, hidden: Tensor): Tensor | undefined;
}

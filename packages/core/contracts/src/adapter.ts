import { AdapterFusionError } from './errors.js';
import type { JsonValue } from './plugin.js';
import type { Params, Tensor } from './tensor.js';
import type { AttentionContext, AttentionInput, Site, SiteContext } from './site.js';

/** What an adapter reads at a site. */
export interface AdapterInput {
  /** `[batch, time, width]`, what the down-projection reads. Equal inputs should be the same tensor object. */
  readonly input: Tensor;
  /** What a fusion may take as its query, `[batch, time, outDim]` each: before and after the site's own norm. */
  readonly query: { readonly beforeNorm: Tensor; readonly afterNorm: Tensor };
  /** `[batch, time, outDim]`, what is added to the contribution. */
  readonly residual: Tensor;
}

/**
 * An adapter's contribution as two low-rank factors: `scale · (up · act(down · input + downBias) + upBias)`. Weights lie
 * as `[out, in]`. Tensors are the adapter's parameters themselves, not copies.
 */
export interface LowRank {
  /** `[bottleneck, width]` */
  readonly down: Tensor;
  /** `[bottleneck]` */
  readonly downBias?: Tensor;
  /** Name of an activation that `@adapterfusion/tensor` knows. */
  readonly activation: string;
  /** `[outDim, bottleneck]` */
  readonly up: Tensor;
  /** `[outDim]` */
  readonly upBias?: Tensor;
  /** A number, or a learned `[1]` or `[outDim]`. */
  readonly scale: number | Tensor;
}

/** One of the adapters that {@link Adapter.combine} makes one adapter of. */
export interface AdapterTerm {
  readonly name: string;
  /** Its complete options: those of a plugin of the same package. */
  readonly options: unknown;
  /** By the names of the sites where it acts: its parameters and its weight, `[1]` or `[outDim]`. */
  readonly sites: ReadonlyMap<string, { readonly site: Site; readonly params: Params; readonly weight: Tensor }>;
}

/** An adapter that was made of others: options for the same plugin, and parameters by the names of sites. */
export interface CombinedAdapter {
  readonly options: { readonly [key: string]: JsonValue };
  readonly sites: ReadonlyMap<string, Params>;
}

/** What parameters are shared by: the sites of one layer, or all sites of the model. Those of one site are not shared. */
export type SharedScope = {
  /** Where it acts, at least one. */
  readonly sites: readonly Site[];
} & ({ readonly scope: 'layer'; readonly layer: number } | { readonly scope: 'model' });

/** An adapter method with its options: pure, parameters are passed in and nothing is remembered. */
export interface Adapter {
  /**
   * `sequential` adapters read the running value and pass it on; `parallel` ones read what entered the sub-layer. The two
   * do not stack on each other.
   */
  readonly flow: 'sequential' | 'parallel';
  /**
   * Every token that leaves is a function of that token alone, never of its neighbours: the adapter then need not see tokens
   * that nobody reads. Default false.
   */
  readonly tokenwise?: boolean;
  /**
   * The function has kinks or steps, such as those of a top-k or a comparison: the conformance tests then compare gradients with
   * finite differences of several lengths, of which one has to agree. Default false.
   */
  readonly piecewise?: boolean;
  /** Whether this adapter has parameters at the site. */
  actsAt(site: Site): boolean;
  /**
   * Width of {@link AdapterInput.input} at a site; a fusion whose children share one input needs equal widths. Default: the
   * site's `outDim`.
   */
  inputWidth?(site: Site): number;
  /**
   * New parameters for a site. The same seed gives the same numbers on every backend.
   * @param random a source of its own for this site; draw from it in a fixed order
   * @returns tensors that the caller owns
   */
  init(site: Site, random: ParameterRandom): Params;
  /**
   * New parameters that several sites share. Called once for each layer with a site of the adapter, and once for the model.
   * At a site, `params` holds its own, its layer's and the model's together, so that a name must not occur twice.
   * @param random a source of its own for this scope
   * @returns tensors that the caller owns; `{}` where the scope has none
   */
  initShared?(scope: SharedScope, random: ParameterRandom): Params;
  /** What the adapter reads. Results live as long as the surrounding step; the caller disposes of them. */
  prepareInput(params: Params, ctx: SiteContext): AdapterInput;
  /** The scaled contribution `[batch, time, outDim]`, without output dropout, gate, norm after it, and residual. */
  delta(params: Params, input: Tensor, ctx: SiteContext): Tensor;
  /** Single use: dropout, gate, norm after it, own residual. @returns the new running value `[batch, time, outDim]` */
  completeAdapter(params: Params, ctx: SiteContext, entered: AdapterInput, delta: Tensor): Tensor;
  /** What goes on through the layer when this adapter is the last at the site, `[batch, time, outDim]`. */
  completeSublayer(ctx: SiteContext, h: Tensor): Tensor;
  /**
   * At an `attention` site, where this and `init` are all that is called: what attention is computed from, with the same number of heads
   * and rows; key, value and mask may have other lengths than before, but equal ones.
   * @returns tensors that the caller owns
   */
  attention?(params: Params, ctx: AttentionContext): AttentionInput;
  /**
   * A penalty to add to the loss, a scalar, for each site.
   * @returns a tensor that the caller owns
   */
  penalty?(params: Params, site: Site): Tensor;
  /**
   * The contribution in factored form, or undefined where it has none. Where it has one, `prepareInput` and `completeSublayer` read no
   * parameters: once a fusion is folded into the factors, there are none left.
   */
  lowRank?(params: Params, site: Site): LowRank | undefined;
  /**
   * Present exactly when `supports.merge`: the projection at a `linear` site with the adapter folded in.
   * @param linear `weight` `[outDim, inDim]` and `bias` `[outDim]`, left as they are
   * @returns new tensors of the same shapes, which the caller owns
   * @throws UNSUPPORTED where the options make it no function of the projection alone
   */
  merge?(params: Params, linear: { weight: Tensor; bias: Tensor }, site: Site): { weight: Tensor; bias: Tensor };
  /**
   * Makes one adapter of several: used alone it computes what a fusion computes that adds the weighted contributions of
   * `terms` to the residual, `residual + Σ weight_n ⊙ delta_n`. Called on the adapter that leads the fusion.
   * @param terms at least one, all acting at the same sites; the one that leads is among them
   * @returns new tensors that the caller owns, and options with which the plugin of the leading adapter reads them
   * @throws UNSUPPORTED naming the adapter and the option, where no single adapter computes the same
   */
  combine?(terms: readonly AdapterTerm[]): CombinedAdapter;
}

/** What an adapter consists of that acts at `attention` sites alone. */
export type AttentionAdapter = Pick<Adapter, 'actsAt' | 'init' | 'initShared' | 'penalty' | 'tokenwise'> &
  Required<Pick<Adapter, 'attention'>>;

/** An adapter that acts at `attention` sites alone, where the other methods are never called. */
export function attentionAdapter(definition: AttentionAdapter): Adapter {
  const never = (): never => {
    throw new AdapterFusionError('SITE_UNSUPPORTED', {
      expected: 'an attention site',
      got: 'another',
      fix: 'Report it to the author of the backbone.',
    });
  };
  return {
    ...{ flow: 'sequential', prepareInput: never, delta: never, completeAdapter: never, completeSublayer: never },
    ...definition,
  };
}

/** Initial values from a seed, the same on every backend: made of + − × ÷ √ only. */
export interface ParameterRandom {
  /** Approximately normal with the given standard deviation, mean 0. @returns a tensor that the caller owns */
  normal(shape: readonly number[], std: number): Tensor;
  /** Uniform in `[-bound, bound)`. */
  uniform(shape: readonly number[], bound: number): Tensor;
  /** Normal with the given deviation, cut off at ±`limit`. */
  truncatedNormal(shape: readonly number[], std: number, limit: number): Tensor;
  constant(shape: readonly number[], value: number): Tensor;
  /** `[size, size]`: `diagonal` on the diagonal, `elsewhere` off it. */
  diagonal(size: number, diagonal: number, elsewhere: number): Tensor;
}

import type { LowRank, ParameterRandom, SharedScope } from './adapter.js';
import type { Params, Tensor } from './tensor.js';
import type { Site, TrainMode } from './site.js';

/** One of the things a fusion mixes. */
export interface Child {
  readonly name: string;
  /**
   * Position among the children that the fusion was made for: some of them may not act at a site, or be pruned there.
   * Default: the position among the children that are given.
   */
  readonly index?: number;
  /**
   * The contribution, `[batch, time, outDim]`, computed when called. A fusion that takes `lowRank` never calls it where
   * there is one.
   */
  delta(): Tensor;
  /** The contribution in factored form with what it reads, `[batch, time, width]`. */
  readonly lowRank?: LowRank & { readonly input: Tensor };
  /** In the place of `lowRank` where {@link Fusion.fold} has folded the fusion into the factors. */
  readonly folded?: FoldedFactors & { readonly input: Tensor };
  /** True for the child `none`, whose contribution is 0 everywhere. */
  readonly zero?: boolean;
}

/** A child's factors with its fusion folded in. */
export interface FoldedFactors {
  /** By names of the fusion's own. */
  readonly params: Params;
  /** Name of an activation that `@adapterfusion/tensor` knows. */
  readonly activation: string;
}

/** What a fusion reads beside its children. */
export interface MixContext {
  readonly site: Site;
  /** Unique path of this fusion at this site: what its random masks are keyed by. */
  readonly scopeName: string;
  /** `[batch, time, outDim]`, what is added to the mixture (or to every child, with `residual_before`). */
  readonly residual: Tensor;
  /** `[batch, time]`, 1 for a token and 0 for padding. */
  readonly mask: Tensor;
  /** `[children]` or `[batch, 1, children]`, 1 to take part and 0 to be left out of the softmax. */
  readonly childMask?: Tensor;
  /** What {@link Fusion.prepare} returned for these children at this site. */
  readonly prepared?: Prepared;
  readonly train?: TrainMode;
}

/** Matrices made once from frozen parameters. Owned and disposed by core/model. */
export interface Prepared {
  dispose(): void;
}

/** The query of a fusion, before and after the site's own norm, `[batch, time, outDim]` each. */
export interface FusionQuery {
  readonly beforeNorm: Tensor;
  readonly afterNorm: Tensor;
}

/** The layer that mixes adapters: pure, like an adapter. */
export interface Fusion {
  /** As an adapter's `tokenwise`, of the children's tokens. Default false. */
  readonly tokenwise?: boolean;
  /** As an adapter's `piecewise`. Default false. */
  readonly piecewise?: boolean;
  /** New parameters for a site. @returns tensors that the caller owns; none for a fusion that learns nothing */
  init(site: Site, children: number, random: ParameterRandom): Params;
  /** As an adapter's `initShared`: parameters that the sites of a layer, or all sites, share. */
  initShared?(scope: SharedScope, children: number, random: ParameterRandom): Params;
  /**
   * Stacks what does not change between steps: `train` while the fusion's own parameters move, `infer` when nothing does.
   * @param lowRanks one per child in order; undefined for a child without a factored form
   */
  prepare?(params: Params, site: Site, lowRanks: readonly (LowRank | undefined)[], form: 'train' | 'infer'): Prepared;
  /**
   * Folds this fusion, of which nothing changes any more, into its children's factors: in evaluation, `mix` is then the
   * same function of children with `folded` in the place of `lowRank`.
   * @param children one per child in order: its factors where it has some, `zero` for `none`
   * @returns for each child with factors what it becomes, new tensors that the caller owns; the names of the fusion's own
   * parameters that `mix` still reads
   */
  fold?(
    params: Params,
    site: Site,
    children: readonly (Pick<Child, 'index' | 'zero'> & { readonly lowRank?: LowRank })[],
  ): { readonly children: readonly (Params | undefined)[]; readonly needed: readonly string[] };
  /**
   * Present where the weights do not depend on the tokens: in evaluation and without a mask, `mix` gives
   * `residual + Σ w_n ⊙ u_n` with the contributions u_n and the weights w_n that this method returns.
   * @param children positions, as in {@link Child.index}, of those that take part at the site
   * @returns `[children, 1]` or `[children, outDim]` in the order of `children`, the caller's
   */
  linearWeights?(params: Params, site: Site, children: readonly number[]): Tensor;
  /**
   * Mixes the children and adds the residual.
   * @returns `mixed` `[batch, time, outDim]` and `weights` `[batch, time, children]`, both the caller's; of a fusion that weighs
   * every channel, `weights` are means over the channels
   */
  mix(
    params: Params,
    query: FusionQuery,
    children: readonly Child[],
    ctx: MixContext,
  ): { mixed: Tensor; weights: Tensor };
  /** A penalty to add to the loss, a scalar. @returns a tensor that the caller owns */
  penalty?(params: Params): Tensor;
}

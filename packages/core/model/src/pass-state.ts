import type {
  Adapter,
  FoldedFactors,
  Fusion,
  Params,
  Prepared,
  Site,
  Tensor,
  TrainMode,
} from '@adapterfusion/contracts';
import type { Composition } from './composition.js';

/** What a folded fusion made of its children's factors, by site and child. */
export type FoldedSites = ReadonlyMap<string, ReadonlyMap<string, FoldedFactors>>;

/** The parameters of an adapter at a site where they are folded into a fusion: none are left. */
export const FOLDED: Params = Object.freeze({});

/** Where the adapters and fusions of a model are found. */
export interface Parts {
  adapter(name: string): { readonly adapter: Adapter; readonly params: ReadonlyMap<string, Params> };
  fusion(name: string): {
    readonly fusion: Fusion;
    readonly params: ReadonlyMap<string, Params>;
    readonly folded?: FoldedSites;
  };
  /** Matrices prepared from frozen children, or undefined where some train. */
  prepared(fusion: string, site: Site, children: readonly Composition[], training: boolean): Prepared | undefined;
}

/** What one pass knows at every site. */
export interface PassState {
  readonly parts: Parts;
  readonly train?: TrainMode;
  /** Names of children that fusions leave out. */
  readonly masked: ReadonlySet<string>;
  /** Told the weights of each fusion at each site, `[batch, time, children]`; does not own them. */
  readonly onWeights?: (fusion: string, site: Site, names: readonly string[], weights: Tensor) => void;
}

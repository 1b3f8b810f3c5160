import type { Adapter, Configured, Fusion, Head, JsonValue, Params } from '@adapterfusion/contracts';
import type { FoldedSites } from './pass-state.js';

/** An adapter, fusion or head that a model holds. */
interface Held<K extends 'adapter' | 'fusion' | 'head', I> {
  readonly configured: Configured<K, unknown>;
  readonly instance: I;
}

export interface RegisteredAdapter extends Held<'adapter', Adapter> {
  /** By site; at a site where they are folded into a fusion, the parameters are none. */
  readonly sites: ReadonlyMap<string, Params>;
}

export interface RegisteredFusion extends Held<'fusion', Fusion> {
  readonly sites: ReadonlyMap<string, Params>;
  readonly children: readonly string[];
  /** Present once `compileForInference` has folded it. */
  readonly folded?: FoldedSites;
}

/** The task kind of a head, as data. */
export interface HeadTask {
  /** `package#id`, or an id. */
  readonly plugin: string;
  readonly options: { readonly [name: string]: JsonValue };
}

export interface RegisteredHead extends Held<'head', Head> {
  readonly params: Params;
  readonly labels: readonly string[];
  readonly task: HeadTask;
}

import type { Adapter, Fusion, LowRank, Params, Prepared, Site } from '@adapterfusion/contracts';
import { isFrozen } from '@adapterfusion/tensor';
import { childName, type Composition } from './composition.js';
import { membersAt } from './fuse-children.js';
import { FOLDED } from './pass-state.js';

/** Where the cache finds adapters and fusions. */
interface Holder {
  readonly adapters: ReadonlyMap<string, { readonly instance: Adapter; readonly sites: ReadonlyMap<string, Params> }>;
  readonly fusions: ReadonlyMap<string, { readonly instance: Fusion; readonly sites: ReadonlyMap<string, Params> }>;
}

/** What fusions prepared from frozen children, by fusion and site; freed when a source changes. */
export class PreparedCache {
  readonly #held = new Map<string, Prepared>();
  #version = -1;

  /** Drops everything when the parameters are of another version. */
  refresh(version: number): void {
    if (version !== this.#version) this.dispose();
    this.#version = version;
  }

  /**
   * Undefined where a child's parameters train or the fusion prepares nothing.
   * @param training whether the pass is one of training; outside of it a fusion that is frozen is folded as well
   */
  get(
    name: string,
    site: Site,
    children: readonly Composition[],
    holder: Holder,
    training: boolean,
  ): Prepared | undefined {
    const { instance, sites } = holder.fusions.get(name)!;
    if (!instance.prepare) return undefined;
    const params = sites.get(site.name)!;
    const form = !training && Object.values(params).every(isFrozen) ? 'infer' : 'train';
    const key = `${form}/${name}/${site.name}/${children.map(childName).join()}`;
    const held = this.#held.get(key);
    if (held) return held;
    const lasts = children.map((child) => {
      const members = membersAt(child, (name) => holder.adapters.get(name)!.sites.has(site.name));
      return members[members.length - 1];
    });
    const own = lasts.map((member) => (member === undefined ? undefined : holder.adapters.get(member)!));
    const frozen = own.every((each) => !each || Object.values(each.sites.get(site.name)!).every(isFrozen));
    if (!frozen) return undefined;
    const factors = own.map((each): LowRank | undefined => {
      const held = each?.sites.get(site.name);
      return held === undefined || held === FOLDED ? undefined : each!.instance.lowRank?.(held, site);
    });
    const prepared = instance.prepare(params, site, factors, form);
    this.#held.set(key, prepared);
    return prepared;
  }

  dispose(): void {
    for (const prepared of this.#held.values()) prepared.dispose();
    this.#held.clear();
  }
}

import { childName, childrenOf, type Composition } from './composition.js';

/** A fuse block. */
export type Fuse = Extract<Composition, { type: 'fuse' }>;

/** Whether an adapter acts at the site that is asked about. */
type Acts = (adapter: string) => boolean;

export const isNone = (node: Composition): boolean => typeof node !== 'string' && node.type === 'none';

/** The adapters of a fusion's child that act at a site, in order: the last of them gives what is mixed. */
export function membersAt(child: Composition, acts: Acts): string[] {
  const members = typeof child === 'string' ? [child] : childrenOf(child);
  return members.filter((member): member is string => typeof member === 'string' && acts(member));
}

/** The children of a fusion that take part at a site; none where the fusion does not act there. */
export function childrenAt(node: Fuse, site: string, acts: Acts): Composition[] {
  const kept = node.keep?.[site];
  const taking = node.children.filter(
    (child) => (isNone(child) || membersAt(child, acts).length > 0) && (kept?.includes(childName(child)) ?? true),
  );
  return taking.every(isNone) ? [] : taking;
}

/** The child that gives query, residual and the way out, of those that take part: the one that is named, else the last. */
export function leadOf(node: Fuse, real: readonly Composition[]): Composition {
  return real.find((child) => childName(child) === node.lead) ?? real[real.length - 1]!;
}

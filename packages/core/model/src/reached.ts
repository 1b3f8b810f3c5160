import type { Backbone, StepExclusions, Tensor } from '@adapterfusion/contracts';
import { childName, childrenOf, nodesOf, type Composition } from './composition.js';

/** What of a model a training step goes through. */
interface Step extends StepExclusions {
  readonly head: string;
}

/** Where a parameter lies: in the encoder, in a head, or at a site of an adapter or a fusion. */
function placeOf(path: string, { sites }: Backbone): { kind: string; name?: string; layer?: number } {
  const [kind = '', name = '', ...rest] = path.split('/');
  if (kind === 'heads') return { kind, name };
  if (kind !== 'adapters' && kind !== 'fusions') return { kind: 'encoder' };
  return { kind, name, layer: sites.find((site) => site.name === rest.slice(0, 2).join('/'))?.layer ?? 0 };
}

/**
 * Those of the parameters that a step can reach: without other heads, adapters and fusions that the composition lacks,
 * layers that are skipped, children of fusions that are masked.
 */
export function reachedBy(
  parameters: ReadonlyMap<string, Tensor>,
  backbone: Backbone,
  composition: Composition = { type: 'none' },
  { head, skip = [], mask = [] }: Step,
): Map<string, Tensor> {
  const unmasked = (node: Composition): string[] =>
    typeof node === 'string'
      ? [node]
      : childrenOf(node).flatMap((child) =>
          node.type === 'fuse' && mask.includes(childName(child)) ? [] : unmasked(child),
        );
  const adapters = unmasked(composition);
  const fusions = nodesOf(composition).flatMap((node) =>
    typeof node !== 'string' && node.type === 'fuse' ? [node.fusion] : [],
  );
  const active: Readonly<Record<string, readonly string[]>> = { heads: [head], adapters, fusions };
  return new Map(
    [...parameters].filter(([path]) => {
      const { kind, name, layer } = placeOf(path, backbone);
      return name === undefined || (active[kind]!.includes(name) && (layer === undefined || !skip.includes(layer)));
    }),
  );
}

/** The lowest layer with one of the parameters, the number of layers for heads alone; undefined for the encoder. */
export function lowestLayer(paths: Iterable<string>, backbone: Backbone): number | undefined {
  let lowest = backbone.layers;
  for (const path of paths) {
    const { kind, layer = lowest } = placeOf(path, backbone);
    if (kind === 'encoder') return undefined;
    lowest = Math.min(lowest, layer);
  }
  return lowest;
}

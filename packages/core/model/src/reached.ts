import {
  parameterAt,
  sharedBy,
  type Backbone,
  type ParameterReference,
  type StepExclusions,
  type Tensor,
} from '@adapterfusion/contracts';
import { childName, childrenOf, nodesOf, type Composition } from './composition.js';

/** What of a model a training step goes through. */
interface Step extends StepExclusions {
  readonly head: string;
}

/** The layer of an adapter's or a fusion's parameter, −1 for one at the embeddings; undefined for one that all layers share. */
function layerOf(parameter: ParameterReference, { sites }: Backbone): number | undefined {
  const shared = sharedBy(parameter);
  if (shared !== undefined) return shared === 'model' ? undefined : shared;
  return sites.find(({ name }) => name === parameter.site)?.layer ?? 0;
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
  const active = { head: [head], adapter: adapters, fusion: fusions };
  return new Map(
    [...parameters].filter(([path]) => {
      const parameter = parameterAt(path);
      const { kind, name } = parameter;
      if (kind === 'encoder') return true;
      return active[kind].includes(name) && (kind === 'head' || !skip.includes(layerOf(parameter, backbone) ?? -1));
    }),
  );
}

/**
 * The lowest layer with one of the parameters, the number of layers for heads alone; undefined where the embeddings are
 * different too: for the encoder, an adapter that acts on them, and a parameter that all sites share.
 */
export function lowestLayer(paths: Iterable<string>, backbone: Backbone): number | undefined {
  let lowest = backbone.layers;
  for (const path of paths) {
    const parameter = parameterAt(path);
    if (parameter.kind === 'encoder') return undefined;
    if (parameter.kind === 'head') continue;
    const layer = layerOf(parameter, backbone);
    if (layer === undefined || layer < 0) return undefined;
    lowest = Math.min(lowest, layer);
  }
  return lowest;
}

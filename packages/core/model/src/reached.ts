import {
  parameterAt,
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

/** The layer of an adapter's or a fusion's parameter. */
const layerOf = ({ site }: ParameterReference, { sites }: Backbone): number =>
  sites.find(({ name }) => name === site)?.layer ?? 0;

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
      return active[kind].includes(name) && (kind === 'head' || !skip.includes(layerOf(parameter, backbone)));
    }),
  );
}

/** The lowest layer with one of the parameters, the number of layers for heads alone; undefined for the encoder. */
export function lowestLayer(paths: Iterable<string>, backbone: Backbone): number | undefined {
  let lowest = backbone.layers;
  for (const path of paths) {
    const parameter = parameterAt(path);
    if (parameter.kind === 'encoder') return undefined;
    if (parameter.kind !== 'head') lowest = Math.min(lowest, layerOf(parameter, backbone));
  }
  return lowest;
}

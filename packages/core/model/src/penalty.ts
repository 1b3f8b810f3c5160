import { parameterAt, sharedBy, type Params, type Tensor } from '@adapterfusion/contracts';
import { add, gradients } from '@adapterfusion/tensor';
import type { Model } from './model.js';

/**
 * The sum of the penalties of adapters and fusions that train, and its gradients.
 * @returns tensors that the caller owns; undefined where nothing that trains has a penalty
 */
export function penaltyGradients(
  { adapters, fusions, backbone }: Pick<Model, 'adapters' | 'fusions' | 'backbone'>,
  trainable: ReadonlyMap<string, Tensor>,
): { penalty: Tensor; gradients: Map<string, Tensor> } | undefined {
  const watched = new Map<string, Tensor>();
  const terms: (() => Tensor)[] = [];
  const collect = (
    kind: 'adapter' | 'fusion',
    name: string,
    sites: ReadonlyMap<string, Params>,
    penalty: (site: string, params: Params) => Tensor,
  ): void => {
    for (const [site, params] of sites) {
      const layer = backbone.sites.find((each) => each.name === site)?.layer;
      const trained = [...trainable].filter(([path]) => {
        const parameter = parameterAt(path);
        const shared = sharedBy(parameter);
        const reaches = parameter.site === site || shared === 'model' || (shared !== undefined && shared === layer);
        return parameter.kind === kind && parameter.name === name && reaches;
      });
      if (trained.length === 0) continue;
      for (const [path, tensor] of trained) watched.set(path, tensor);
      terms.push(() => penalty(site, params));
    }
  };
  for (const [name, { instance, sites }] of adapters)
    if (instance.penalty)
      collect('adapter', name, sites, (site, params) =>
        instance.penalty!(
          params,
          backbone.sites.find((each) => each.name === site)!,
        ),
      );
  for (const [name, { instance, sites }] of fusions)
    if (instance.penalty) collect('fusion', name, sites, (_, params) => instance.penalty!(params));
  if (terms.length === 0) return undefined;
  const { value, gradients: found } = gradients(() => terms.map((term) => term()).reduce((a, b) => add(a, b)), watched);
  return { penalty: value, gradients: found };
}

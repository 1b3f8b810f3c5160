import { parameterAt, type Tensor } from '@adapterfusion/contracts';
import { add, gradients } from '@adapterfusion/tensor';
import type { RegisteredFusion } from './registered.js';

/**
 * The sum of the penalties of fusions that train, and its gradients.
 * @returns tensors that the caller owns; undefined where no fusion that trains has a penalty
 */
export function penaltyGradients(
  fusions: ReadonlyMap<string, RegisteredFusion>,
  trainable: ReadonlyMap<string, Tensor>,
): { penalty: Tensor; gradients: Map<string, Tensor> } | undefined {
  const terms = [...fusions].flatMap(([name, { instance, sites }]) =>
    [...sites].flatMap(([site, params]) => {
      const trained = [...trainable].filter(([path]) => {
        const parameter = parameterAt(path);
        return parameter.kind === 'fusion' && parameter.name === name && parameter.site === site;
      });
      return instance.penalty && trained.length > 0 ? [{ trained, term: () => instance.penalty!(params) }] : [];
    }),
  );
  if (terms.length === 0) return undefined;
  const watched = new Map(terms.flatMap(({ trained }) => trained));
  const { value, gradients: found } = gradients(
    () => terms.map(({ term }) => term()).reduce((a, b) => add(a, b)),
    watched,
  );
  return { penalty: value, gradients: found };
}

import type { HeadFit, HeadFitOptions, HostArray, HostTargets } from '@adapterfusion/contracts';
import { fitRidge } from '@adapterfusion/metrics';

/** Ridge regression of the numbers, in the unit of the output layer. */
export function fit(
  { data, shape }: HostArray,
  { numbers }: HostTargets,
  { weights: { row: rowWeights } = {}, seed }: HeadFitOptions,
  { centre, scale }: { readonly centre: number; readonly scale: number },
): HeadFit {
  const width = shape[1]!;
  const standard = Float64Array.from(numbers!.data, (number) => (number - centre) / scale);
  const found = fitRidge(data as Float32Array, standard, { width, seed, ...(rowWeights ? { rowWeights } : {}) });
  return {
    params: {
      'out.weight': { data: Float32Array.from(found.weights), shape: [1, width] },
      'out.bias': { data: Float32Array.of(found.bias), shape: [1] },
    },
    ...(found.squaredError === undefined ? {} : { loss: found.squaredError, standardError: found.standardError! }),
  };
}

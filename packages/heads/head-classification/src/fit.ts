import type { HeadFit, HeadFitOptions, HostArray, HostTargets } from '@adapterfusion/contracts';
import { fitLinear } from '@adapterfusion/metrics';

/** Logistic regression of the labels. @param classes how many there are */
export function fit(
  { data, shape }: HostArray,
  { labels }: HostTargets,
  { prior, weights, seed }: HeadFitOptions,
  classes: number,
): HeadFit {
  const width = shape[1]!;
  const near = prior && {
    weights: Float64Array.from(prior['out.weight']!.data),
    bias: Float64Array.from(prior['out.bias']!.data),
  };
  const found = fitLinear(data as Float32Array, [...labels!.data], {
    ...{ width, classes, seed },
    ...(near ? { prior: near } : {}),
    ...(weights?.class ? { classWeights: weights.class } : {}),
    ...(weights?.row ? { rowWeights: weights.row } : {}),
  });
  return {
    params: {
      'out.weight': { data: Float32Array.from(found.weights), shape: [classes, width] },
      'out.bias': { data: Float32Array.from(found.bias), shape: [classes] },
    },
    ...(found.logLoss === undefined ? {} : { loss: found.logLoss, standardError: found.standardError! }),
  };
}

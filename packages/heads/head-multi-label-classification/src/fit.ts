import type { HeadFit, HeadFitOptions, HostArray, HostTargets } from '@adapterfusion/contracts';
import { fitLinear } from '@adapterfusion/metrics';

/**
 * Logistic regression of each label. The standard error is the mean of the labels', which that of their mean does not exceed.
 * @param count of the labels
 */
export function fit(
  { data, shape }: HostArray,
  { labels }: HostTargets,
  { weights: { row: rowWeights } = {}, seed }: HeadFitOptions,
  count: number,
): HeadFit {
  const [rows, width] = shape as [number, number];
  const weight = new Float32Array(count * width);
  const bias = new Float32Array(count);
  let [loss, standardError, scored] = [0, 0, 0];
  for (let label = 0; label < count; label++) {
    const has = Array.from({ length: rows }, (_, row) => labels!.data[row * count + label]!);
    const found = fitLinear(data as Float32Array, has, {
      width,
      classes: 2,
      seed,
      ...(rowWeights ? { rowWeights } : {}),
    });
    // The second class's score less the first's.
    for (let i = 0; i < width; i++) weight[label * width + i] = found.weights[width + i]! - found.weights[i]!;
    bias[label] = found.bias[1]! - found.bias[0]!;
    if (found.logLoss === undefined) continue;
    loss += found.logLoss;
    standardError += found.standardError!;
    scored++;
  }
  return {
    params: { 'out.weight': { data: weight, shape: [count, width] }, 'out.bias': { data: bias, shape: [count] } },
    ...(scored === 0 ? {} : { loss: loss / scored, standardError: standardError / scored }),
  };
}

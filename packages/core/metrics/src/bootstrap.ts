import { hash32 } from '@adapterfusion/contracts';

/** A mean and the interval it lies in. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Percentile bootstrap interval of the mean. For accuracy give 1 for a row that is right and 0 for one that is not; for a
 * comparison on the same rows give the differences.
 * @param options.level share of resamples inside. Default 0.95
 * @param options.resamples default 2000
 * @returns a pure function of values and seed
 * @throws TypeError for no values
 */
export function bootstrapInterval(
  values: readonly number[],
  options: { readonly seed: number; readonly level?: number; readonly resamples?: number },
): Interval {
  const { seed, level = 0.95, resamples = 2000 } = options;
  if (values.length === 0) throw new TypeError('no values to take a mean of');
  const count = values.length;
  const high = Math.floor(seed / 2 ** 32);
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    for (let draw = 0; draw < count; draw++)
      sum += values[Math.floor((hash32(seed, high, resample, draw) * count) / 2 ** 32)]!;
    means[resample] = sum / count;
  }
  means.sort();
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return { mean, low: quantile(means, (1 - level) / 2), high: quantile(means, (1 + level) / 2) };
}

/** Linear interpolation between the sorted values, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

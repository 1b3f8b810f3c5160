import { hash32 } from '@adapterfusion/contracts';
import { computeMetrics, type MetricOptions } from './metrics.js';

/** A mean and the interval it lies in. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** How an interval is drawn. */
export interface BootstrapOptions {
  readonly seed: number;
  /** Share of resamples inside. Default 0.95 */
  readonly level?: number;
  /** Default 2000 */
  readonly resamples?: number;
}

/**
 * Percentile bootstrap interval of the mean. For a comparison on the same rows give the differences.
 * @returns a pure function of values and options
 * @throws TypeError for no values
 */
export function bootstrapInterval(values: readonly number[], options: BootstrapOptions): Interval {
  if (values.length === 0) throw new TypeError('no values to take a mean of');
  const mean = (rows: ArrayLike<number>): number => {
    let sum = 0;
    for (let draw = 0; draw < rows.length; draw++) sum += values[rows[draw]!]!;
    return sum / rows.length;
  };
  return { mean: mean([...values.keys()]), ...resampled(values.length, options, mean) };
}

/**
 * Percentile bootstrap interval of a metric over rows. Resamples in which the metric is not a number, as the correlation of a
 * constant, are left out.
 * @param name one of {@link METRICS}
 * @returns undefined where no resample has a number
 * @throws as {@link computeMetrics}
 */
export function metricInterval(
  name: string,
  predictions: readonly number[],
  labels: readonly number[],
  options: BootstrapOptions & MetricOptions,
): Omit<Interval, 'mean'> | undefined {
  computeMetrics([name], predictions, labels, options);
  const interval = resampled(labels.length, options, (rows) => {
    const pick = (from: readonly number[]): number[] => Array.from(rows, (row) => from[row]!);
    return computeMetrics([name], pick(predictions), pick(labels), options)[name]!;
  });
  return Number.isNaN(interval.low) ? undefined : interval;
}

/** The interval of a statistic over draws of `count` rows with replacement. */
function resampled(
  count: number,
  { seed, level = 0.95, resamples = 2000 }: BootstrapOptions,
  statistic: (rows: Uint32Array) => number,
): Omit<Interval, 'mean'> {
  const high = Math.floor(seed / 2 ** 32);
  const rows = new Uint32Array(count);
  const found: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    for (let draw = 0; draw < count; draw++)
      rows[draw] = Math.floor((hash32(seed, high, resample, draw) * count) / 2 ** 32);
    const value = statistic(rows);
    if (!Number.isNaN(value)) found.push(value);
  }
  const sorted = Float64Array.from(found).sort();
  return { low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2) };
}

/** Linear interpolation between the sorted values, as numpy's default; NaN of none. */
function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return NaN;
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

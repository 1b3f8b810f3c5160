import { hash32 } from '@adapterfusion/contracts';

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample deviation; NaN for one value. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

const RESAMPLES = 2000;

/**
 * Paired 95 % percentile bootstrap interval over examples and seeds: every resample draws seeds, and rows that are the same
 * for all of them.
 * @param differences `[seeds][rows]`, of the same rows
 */
export function pairedInterval(differences: readonly (readonly number[])[]): {
  mean: number;
  low: number;
  high: number;
} {
  const [seeds, rows] = [differences.length, differences[0]!.length];
  const draw = (resample: number, kind: number, index: number, count: number): number =>
    Math.floor((hash32(0, kind, resample, index) * count) / 2 ** 32);
  const means = Float64Array.from({ length: RESAMPLES }, (_, resample) => {
    const drawn = Array.from({ length: seeds }, (_, index) => differences[draw(resample, 0, index, seeds)]!);
    let sum = 0;
    for (let index = 0; index < rows; index++) {
      const row = draw(resample, 1, index, rows);
      for (const own of drawn) sum += own[row]!;
    }
    return sum / (seeds * rows);
  }).sort();
  const at = (share: number): number => means[Math.round(share * (RESAMPLES - 1))]!;
  return { mean: mean(differences.map(mean)), low: at(0.025), high: at(0.975) };
}

/**
 * Learns mean and standard deviation (over all rows, not one less) of each feature.
 * @param features `[rows, width]`, at least one row
 * @returns a function that gives each feature mean 0 and deviation 1; a feature that was constant gets its mean taken off only
 */
export function standardiser(features: Float32Array, width: number): (features: Float32Array) => Float64Array {
  const rows = features.length / width;
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  features.forEach((value, i) => (mean[i % width]! += value / rows));
  features.forEach((value, i) => (deviation[i % width]! += (value - mean[i % width]!) ** 2 / rows));
  const scale = deviation.map((variance, i) => (variance > 1e-12 * mean[i]! ** 2 ? 1 / Math.sqrt(variance) : 1));
  return (given) => Float64Array.from(given, (value, i) => (value - mean[i % width]!) * scale[i % width]!);
}

import { isSparse, type Features, type SparseRows } from './sparse-rows.js';

/**
 * How features are scaled before a fit: `unit` divides each row by its Euclidean norm (a row of zeros stays), `standardise`
 * gives each feature mean 0 and deviation 1 over the training rows, `none` leaves them as they are.
 */
export type Scaling = 'unit' | 'standardise' | 'none';

/** Scaled features: dense in float64, or sparse. */
export type ScaledFeatures = Float64Array | SparseRows;

/**
 * Learns a scaling from training rows.
 * @param features `[rows, width]`, at least one row
 * @returns a function that scales other rows the same way; it copies
 * @throws TypeError for `standardise` of sparse rows, which would not be sparse any more
 */
export function featureScaler(
  features: Features,
  width: number,
  scaling: Scaling,
): (features: Features) => ScaledFeatures {
  if (scaling === 'unit') return (given) => unitRows(given, width);
  if (scaling === 'none') return (given) => (isSparse(given) ? given : Float64Array.from(given));
  if (scaling !== 'standardise')
    throw new TypeError(`scaling must be unit, standardise or none, not ${String(scaling)}`);
  if (isSparse(features)) throw new TypeError('sparse rows cannot be standardised: use the scaling unit or none');
  const standardise = standardiser(features, width);
  return (given) => {
    if (isSparse(given)) throw new TypeError('the model was fitted on dense rows');
    return standardise(given);
  };
}

function unitRows(features: Features, width: number): ScaledFeatures {
  const values = Float64Array.from(isSparse(features) ? features.values : features);
  const rows = isSparse(features) ? features.offsets.length - 1 : values.length / width;
  for (let row = 0; row < rows; row++) {
    const [from, to] = isSparse(features)
      ? [features.offsets[row]!, features.offsets[row + 1]!]
      : [row * width, (row + 1) * width];
    let squares = 0;
    for (let i = from; i < to; i++) squares += values[i]! ** 2;
    if (squares > 0) for (let i = from; i < to; i++) values[i]! /= Math.sqrt(squares);
  }
  return isSparse(features) ? { ...features, values } : values;
}

/** Mean and deviation (over all rows, not one less) of each feature; of a constant feature only the mean is subtracted. */
function standardiser(
  features: Float32Array | Float64Array,
  width: number,
): (features: Float32Array | Float64Array) => Float64Array {
  const rows = features.length / width;
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  features.forEach((value, i) => (mean[i % width]! += value / rows));
  features.forEach((value, i) => (deviation[i % width]! += (value - mean[i % width]!) ** 2 / rows));
  const scale = deviation.map((variance, i) => (variance > 1e-12 * mean[i]! ** 2 ? 1 / Math.sqrt(variance) : 1));
  return (given) => Float64Array.from(given, (value, i) => (value - mean[i % width]!) * scale[i % width]!);
}

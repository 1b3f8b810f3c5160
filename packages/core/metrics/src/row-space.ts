import { denseRows, meanRow, rowOf, type LinearRows } from './linear-rows.js';
import { triangle } from './triangle.js';

/** Rows in coordinates in which a linear model is fitted, with the way back to their features. */
export interface Coordinates {
  readonly rows: LinearRows;
  /** Whether most coordinates are not 0. */
  readonly dense: boolean;
  /** What was subtracted from each row, `[width]` of the features. */
  readonly mean: Float64Array;
  /** Weights of coordinates as weights of features. @param weights `[outputs, rows.width]` @returns `[outputs, width]` */
  expand(weights: Float64Array, outputs: number): Float64Array;
  /** The other way; parts of the weights that no row has are lost. */
  reduce(weights: Float64Array, outputs: number): Float64Array;
}

/** Most rows for which the matrix of all inner products is made: 8 MiB, and some 0.4 s to factorise. */
const MOST_ROWS = 1024;

/**
 * Chooses coordinates for a fit with a ridge penalty. Where there are fewer rows than features, the weights that minimise it
 * are combinations of rows (representer theorem): with the Gram matrix G = L Lᵀ of the rows (Cholesky with pivots), a row of
 * L serves as the row, and norms of weights stay the same. The rows are centred first, which an intercept without penalty
 * undoes, since features with a common direction make the fit slow; sparse rows outside of the Gram matrix are not.
 * @param features dense rows are taken over
 * @param dense the values of dense rows, `[rows, width]`
 */
export function coordinatesOf(features: LinearRows, dense: Float64Array | undefined, centre: boolean): Coordinates {
  const { rows, width } = features;
  const mean = centre ? meanRow(features) : new Float64Array(width);
  const small = rows < width && rows <= MOST_ROWS;
  if (dense) {
    const centred = centre
      ? denseRows(
          dense.map((value, at) => value - mean[at % width]!),
          width,
        )
      : features;
    return small ? inRowSpace(centred, gram(centred), new Float64Array(width), mean) : asTheyAre(centred, true, mean);
  }
  if (!small) return asTheyAre(features, false, new Float64Array(width));
  const products = gram(features);
  if (centre) centreGram(products, rows);
  return inRowSpace(features, products, mean, mean);
}

const asTheyAre = (rows: LinearRows, dense: boolean, mean: Float64Array): Coordinates => ({
  rows,
  dense,
  mean,
  expand: (weights) => weights,
  reduce: (weights) => weights,
});

/** @param shift still to be subtracted from each of `features`; `mean`: what was subtracted in all */
function inRowSpace(
  features: LinearRows,
  products: Float64Array,
  shift: Float64Array,
  mean: Float64Array,
): Coordinates {
  const { width } = features;
  const { factor, pivots, lengths } = choleskyWithPivots(products, features.rows);
  const rank = pivots.length;
  const size = features.rows;
  const compact = new Float64Array(size * rank);
  for (let row = 0; row < size; row++) compact.set(factor.subarray(row * size, row * size + lengths[row]!), row * rank);
  const own = new Float64Array(rank * rank);
  pivots.forEach((pivot, place) => own.set(compact.subarray(pivot * rank, (pivot + 1) * rank), place * rank));
  const cholesky = triangle(own, rank);
  return {
    rows: denseRows(compact, rank, lengths),
    dense: true,
    mean,
    expand(weights, outputs) {
      // The weights are Σ a · row over the pivots, with Lᵀ a the weights of the coordinates.
      const a = weights.slice();
      cholesky.solveTransposed(a, outputs);
      const result = new Float64Array(outputs * width);
      const sums = new Float64Array(outputs);
      const factors = new Float64Array(outputs);
      for (const [k, pivot] of pivots.entries()) {
        for (let output = 0; output < outputs; output++) sums[output]! += factors[output] = a[output * rank + k]!;
        features.add(pivot, factors, outputs, result);
      }
      return result.map((value, at) => value - sums[Math.floor(at / width)]! * shift[at % width]!);
    },
    reduce(weights, outputs) {
      const scores = new Float64Array(outputs);
      const shifts = new Float64Array(outputs);
      denseRows(shift, width).scores(0, weights, outputs, shifts);
      const result = new Float64Array(outputs * rank);
      for (const [k, pivot] of pivots.entries()) {
        features.scores(pivot, weights, outputs, scores);
        for (let output = 0; output < outputs; output++) result[output * rank + k] = scores[output]! - shifts[output]!;
      }
      cholesky.solve(result, outputs);
      return result;
    },
  };
}

/** All inner products, `[rows, rows]`. */
function gram(features: LinearRows): Float64Array {
  const { rows } = features;
  const products = new Float64Array(rows * rows);
  const product = new Float64Array(1);
  for (let i = 0; i < rows; i++) {
    const row = rowOf(features, i);
    for (let j = 0; j <= i; j++) {
      features.scores(j, row, 1, product);
      products[i * rows + j] = products[j * rows + i] = product[0]!;
    }
  }
  return products;
}

/** Inner products of the rows after their mean is subtracted, in place. */
function centreGram(products: Float64Array, rows: number): void {
  const means = new Float64Array(rows);
  products.forEach((value, at) => (means[at % rows]! += value / rows));
  const mean = means.reduce((sum, value) => sum + value / rows, 0);
  for (let i = 0; i < rows; i++) for (let j = 0; j < rows; j++) products[i * rows + j]! += mean - means[i]! - means[j]!;
}

/**
 * Cholesky factor of a positive semi-definite matrix, the largest remaining diagonal entry first, down to its rank.
 * @returns `factor` `[size, size]`: row `pivots[k]` has `k + 1` entries, a row that is no pivot as many as the rank
 */
function choleskyWithPivots(
  matrix: Float64Array,
  size: number,
): { readonly factor: Float64Array; readonly pivots: number[]; readonly lengths: Uint32Array } {
  const factor = new Float64Array(size * size);
  const rest = Float64Array.from({ length: size }, (_, i) => matrix[i * size + i]!);
  const least = 1e-13 * rest.reduce((most, value) => Math.max(most, value), 0);
  const open = new Set(rest.keys());
  const pivots: number[] = [];
  const known = denseRows(factor, size);
  const product = new Float64Array(1);
  for (;;) {
    let pivot = -1;
    for (const candidate of open) if (pivot < 0 || rest[candidate]! > rest[pivot]!) pivot = candidate;
    if (pivot < 0 || !(rest[pivot]! > least)) break;
    open.delete(pivot);
    const column = pivots.length;
    const diagonal = Math.sqrt(rest[pivot]!);
    const own = factor.slice(pivot * size, pivot * size + size);
    factor[pivot * size + column] = diagonal;
    for (const i of open) {
      known.scores(i, own, 1, product);
      const value = (matrix[i * size + pivot]! - product[0]!) / diagonal;
      factor[i * size + column] = value;
      rest[i]! -= value ** 2;
    }
    pivots.push(pivot);
  }
  const lengths = new Uint32Array(size).fill(pivots.length);
  pivots.forEach((pivot, place) => (lengths[pivot] = place + 1));
  return { factor, pivots, lengths };
}

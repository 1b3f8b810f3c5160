import { denseRows, rowOf, type LinearRows } from './linear-rows.js';
import { factorise, triangle, type Triangle } from './triangle.js';

/**
 * A change of variables u = R v for a ridge regression on rows Z, with Rᵀ R ≈ its Hessian, curvature · Zᵀ Z + l2 · I: in u
 * all directions have nearly the same curvature, and L-BFGS needs few steps.
 */
export interface Preconditioner extends Omit<Triangle, 'solveTransposed'> {
  /** The rows Z R⁻¹: their scores with u are those of Z with v. */
  readonly features: LinearRows;
  /**
   * The penalty l2 · ‖v‖² as `Σ own · u² − shared · Σ (u · row)²` over the features' rows. Where R is a triangle, own is 1
   * and shared the curvature, since Rᵀ R = curvature · Zᵀ Z + l2 · I: the scores of the rows are known, v is not.
   */
  readonly penalty: { readonly own: Float64Array; readonly shared: number };
}

/** Widest rows for which R is a full triangle and not a diagonal. */
const MOST_FEATURES = 1024;

/** Zᵀ Z of the rows Z. */
export interface SecondMoments {
  /** The lower triangle, `[width, width]`; undefined where only the diagonal is used. */
  readonly products: Float64Array | undefined;
  readonly diagonal: Float64Array;
}

/** @param dense whether most entries of the rows are not 0 */
export function secondMoments(features: LinearRows, dense: boolean): SecondMoments {
  const { rows, width } = features;
  const products = dense && width <= MOST_FEATURES ? new Float64Array(width * width) : undefined;
  const diagonal = new Float64Array(width);
  for (let index = 0; index < rows; index++) {
    const row = rowOf(features, index);
    for (let i = 0; i < width; i++) {
      const value = row[i]!;
      if (value === 0) continue;
      diagonal[i]! += value ** 2;
      if (products) for (let j = 0, at = i * width; j <= i; j++, at++) products[at]! += value * row[j]!;
    }
  }
  return { products, diagonal };
}

/** @param curvature mean second derivative of a row's loss by its score */
export function preconditioner(
  features: LinearRows,
  { products, diagonal }: SecondMoments,
  curvature: number,
  l2: number,
): Preconditioner {
  const { rows, width } = features;
  if (!products) return diagonalOf(features, diagonal, curvature, l2);
  const factor = products.map((value) => curvature * value);
  for (let i = 0; i < width; i++) factor[i * width + i]! += l2;
  factorise(factor, width);
  const own = triangle(factor, width);
  const values = new Float64Array(rows * width);
  const lengths = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    const solved = values.subarray(row * width, (row + 1) * width);
    solved.set(rowOf(features, row));
    own.solveTransposed(solved, 1);
    // R is lower triangular: a row of Z that ends in zeros still does.
    lengths[row] = solved.findLastIndex((value) => value !== 0) + 1;
  }
  const { multiply, solve } = own;
  const penalty = { own: new Float64Array(width).fill(1), shared: curvature };
  return { multiply, solve, penalty, features: denseRows(values, width, lengths) };
}

function diagonalOf(features: LinearRows, diagonal: Float64Array, curvature: number, l2: number): Preconditioner {
  const { width } = features;
  const scale = diagonal.map((value) => Math.sqrt(curvature * value + l2));
  return {
    features: features.scaled(scale.map((each) => 1 / each)),
    penalty: { own: scale.map((each) => l2 / each ** 2), shared: 0 },
    multiply(vector, blocks) {
      for (let at = 0; at < blocks * width; at++) vector[at]! *= scale[at % width]!;
    },
    solve(vector, blocks) {
      for (let at = 0; at < blocks * width; at++) vector[at]! /= scale[at % width]!;
    },
  };
}

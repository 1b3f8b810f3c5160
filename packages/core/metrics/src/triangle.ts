import { denseRows } from './linear-rows.js';

/** A lower triangular matrix R of `[width, width]`. It is applied in place to each of the first blocks of a vector. */
export interface Triangle {
  /** R v */
  multiply(vector: Float64Array, blocks: number): void;
  /** R⁻¹ v */
  solve(vector: Float64Array, blocks: number): void;
  /** R⁻ᵀ v */
  solveTransposed(vector: Float64Array, blocks: number): void;
}

/** A lower triangular matrix. @param values `[width, width]`, row-major; what is above the diagonal is not read */
export function triangle(values: Float64Array, width: number): Triangle {
  const below = denseRows(
    values,
    width,
    Uint32Array.from({ length: width }, (_, row) => row),
  );
  const sums = new Float64Array(64);
  const scratch = (blocks: number): Float64Array => (blocks <= sums.length ? sums : new Float64Array(blocks));
  return {
    multiply(vector, blocks) {
      const products = scratch(blocks);
      for (let i = width - 1; i >= 0; i--) {
        below.scores(i, vector, blocks, products);
        const pivot = values[i * width + i]!;
        for (let block = 0; block < blocks; block++)
          vector[block * width + i] = vector[block * width + i]! * pivot + products[block]!;
      }
    },
    solve(vector, blocks) {
      const products = scratch(blocks);
      for (let i = 0; i < width; i++) {
        below.scores(i, vector, blocks, products);
        const pivot = values[i * width + i]!;
        for (let block = 0; block < blocks; block++)
          vector[block * width + i] = (vector[block * width + i]! - products[block]!) / pivot;
      }
    },
    solveTransposed(vector, blocks) {
      const factors = scratch(blocks);
      for (let i = width - 1; i >= 0; i--) {
        const pivot = values[i * width + i]!;
        let any = false;
        for (let block = 0; block < blocks; block++) {
          const value = (vector[block * width + i]! /= pivot);
          factors[block] = -value;
          any ||= value !== 0;
        }
        if (any) below.add(i, factors, blocks, vector);
      }
    },
  };
}

/**
 * R with Rᵀ R = P for a symmetric positive definite matrix: a Cholesky factorisation from the last row up. Pivots that
 * rounding has made smaller than 10⁻¹⁴ of the largest entry are raised to it.
 * @param matrix P, `[width, width]`, of which the lower triangle is read; becomes R
 */
export function factorise(matrix: Float64Array, width: number): void {
  let largest = 0;
  for (let i = 0; i < width; i++) largest = Math.max(largest, matrix[i * width + i]!);
  for (let k = width - 1; k >= 0; k--) {
    const root = Math.sqrt(Math.max(matrix[k * width + k]!, 1e-14 * largest));
    matrix[k * width + k] = root ** 2;
    const own = k * width;
    for (let j = 0; j <= k; j++) matrix[own + j]! /= root;
    for (let i = 0; i < k; i++) {
      const factor = matrix[own + i]!;
      for (let j = 0, at = i * width; j <= i; j++, at++) matrix[at]! -= factor * matrix[own + j]!;
    }
  }
}

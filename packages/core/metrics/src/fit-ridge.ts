import { fitFolds } from './fit-folds.js';
import { denseRows, rowOf, type LinearRows } from './linear-rows.js';
import { meanNorm, scaledBy } from './mean-norm.js';
import { coordinatesOf } from './row-space.js';
import type { Fold } from './stratified-folds.js';
import { factorise, triangle } from './triangle.js';

/** How {@link fitRidge} fits. */
export interface RidgeFitOptions {
  /** Numbers in a row of features. */
  readonly width: number;
  /** Seed of the folds. */
  readonly seed: number;
  /** Weight of each row's squared error. Default 1 */
  readonly rowWeights?: ArrayLike<number>;
}

/** A linear regression, of features as they were given. */
export interface RidgeFit {
  /** `[width]` */
  readonly weights: Float64Array;
  readonly bias: number;
  /** Inverse strength of the penalty. */
  readonly c: number;
  /** Cross-validated mean squared error, over rows and repeats. Absent for fewer than two rows. */
  readonly squaredError?: number;
  /** Of {@link squaredError}, over rows. */
  readonly standardError?: number;
}

const GRID: readonly number[] = [1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4];

/**
 * Linear regression with an L2 penalty: minimises Σ weight · (number − weights · row − bias)² + ‖weights‖² / C, as
 * scikit-learn's `Ridge(alpha=1 / C)`, on features divided by the mean Euclidean norm of the rows. C is the one of 10⁻² to 10⁴
 * with the lowest squared error over repeated folds. The bias is not penalised. Deterministic.
 * @param features `[rows, width]`, at least one row
 * @param numbers one a row
 * @throws TypeError where sizes do not fit
 */
export function fitRidge(
  features: Float32Array,
  numbers: ArrayLike<number>,
  { width, seed, rowWeights }: RidgeFitOptions,
): RidgeFit {
  const rows = features.length / width;
  if (rows < 1 || rows !== numbers.length || (rowWeights && rowWeights.length !== rows))
    throw new TypeError(`${numbers.length} numbers do not fit ${rows} rows of features`);
  const norm = meanNorm(features, width);
  const scaled = scaledBy(features, 1 / norm);
  const { rows: coordinates, expand, mean } = coordinatesOf(denseRows(scaled, width), scaled, true);
  const problem: Problem = { rows: withOnes(coordinates), numbers, weightOf: (row) => rowWeights?.[row] ?? 1 };
  const whole = momentsOf(problem, [...Array(rows).keys()]);
  const folds = fitFolds(new Array<number>(rows).fill(0), seed);
  const best = folds && leastError(problem, whole, folds);
  const point = solve(whole, best?.c ?? 1);
  const weights = expand(point.slice(0, -1), 1);
  const shift = weights.reduce((sum, weight, at) => sum + weight * mean[at]!, 0);
  return { weights: weights.map((weight) => weight / norm), bias: point.at(-1)! - shift, c: 1, ...best };
}

/** Rows that end in a one, whose weight is the bias. */
interface Problem {
  readonly rows: LinearRows;
  readonly numbers: ArrayLike<number>;
  readonly weightOf: (row: number) => number;
}

/** What the fit to some rows depends on: Σ weight · x xᵀ, of which the lower triangle is filled, and Σ weight · number · x. */
interface Moments {
  readonly products: Float64Array;
  readonly sums: Float64Array;
}

/** The C with the lowest cross-validated squared error, the smallest of equals. */
function leastError(
  problem: Problem,
  whole: Moments,
  folds: readonly Fold[],
): Required<Pick<RidgeFit, 'c' | 'squaredError' | 'standardError'>> {
  const { rows, numbers, weightOf } = problem;
  const errors = GRID.map(() => new Float64Array(rows.rows));
  const tests = new Uint32Array(rows.rows);
  const score = new Float64Array(1);
  for (const { test } of folds) {
    const held = momentsOf(problem, test);
    const train = {
      products: whole.products.map((value, at) => value - held.products[at]!),
      sums: whole.sums.map((value, at) => value - held.sums[at]!),
    };
    for (const row of test) tests[row]!++;
    for (const [place, c] of GRID.entries()) {
      const point = solve(train, c);
      for (const row of test) {
        rows.scores(row, point, 1, score);
        errors[place]![row]! += (numbers[row]! - score[0]!) ** 2;
      }
    }
  }
  const seen = [...tests.keys()].filter((row) => tests[row]! > 0 && weightOf(row) > 0);
  const weight = seen.reduce((sum, row) => sum + weightOf(row), 0) / seen.length;
  const scores = GRID.map((c, place) => {
    const losses = seen.map((row) => (weightOf(row) * errors[place]![row]!) / tests[row]! / weight);
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    const squares = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0);
    const standardError = Math.sqrt(squares / Math.max(losses.length - 1, 1) / losses.length);
    return { c, squaredError: mean, standardError };
  });
  return scores.reduce((a, b) => (b.squaredError < a.squaredError ? b : a));
}

/** Adds a one to each row. */
function withOnes(given: LinearRows): LinearRows {
  const width = given.width + 1;
  const values = new Float64Array(given.rows * width).fill(1);
  for (let row = 0; row < given.rows; row++) values.set(rowOf(given, row), row * width);
  return denseRows(values, width);
}

function momentsOf({ rows, numbers, weightOf }: Problem, chosen: readonly number[]): Moments {
  const { width } = rows;
  const products = new Float64Array(width * width);
  const sums = new Float64Array(width);
  for (const index of chosen) {
    const row = rowOf(rows, index);
    const weight = weightOf(index);
    rows.add(index, Float64Array.of(weight * numbers[index]!), 1, sums);
    for (let i = 0; i < width; i++) {
      const value = weight * row[i]!;
      if (value !== 0) for (let j = 0, at = i * width; j <= i; j++, at++) products[at]! += value * row[j]!;
    }
  }
  return { products, sums };
}

/** The minimum, `[width]`. */
function solve({ products, sums }: Moments, c: number): Float64Array {
  const width = sums.length;
  const factor = products.slice();
  for (let i = 0; i < width - 1; i++) factor[i * width + i]! += 1 / c;
  factorise(factor, width);
  const own = triangle(factor, width);
  const point = sums.slice();
  own.solveTransposed(point, 1);
  own.solve(point, 1);
  return point;
}

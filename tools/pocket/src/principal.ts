import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Directions along which points differ most. */
export interface Principal {
  /** `[width]`, the points' mean. */
  readonly mean: Float32Array;
  /** `[count, width]`, of length 1 and at right angles, the one of largest variance first. */
  readonly directions: Float32Array;
  /** `[count]`, the points' standard deviation along each. */
  readonly deviations: Float32Array;
  /** Share of all variance that they hold. */
  readonly share: number;
}

/** Sums over points, from which their principal directions are computed. */
export class Moments {
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(readonly width: number) {
    this.#sum = new Float64Array(width);
    this.#squares = new Float64Array(width * width);
  }

  /** @param squares `[width, width]`, the sum of `x xᵀ`  @param sum `[width]`, the sum of `x` */
  add(squares: Float32Array, sum: Float32Array, count: number): void {
    squares.forEach((value, index) => (this.#squares[index]! += value));
    sum.forEach((value, index) => (this.#sum[index]! += value));
    this.#count += count;
  }

  /** Adds one point. */
  addPoint(point: Float32Array): void {
    for (let i = 0; i < this.width; i++) {
      this.#sum[i]! += point[i]!;
      for (let j = 0; j < this.width; j++) this.#squares[i * this.width + j]! += point[i]! * point[j]!;
    }
    this.#count++;
  }

  /** Principal components by eigen-decomposition of the covariance; a direction's largest entry is positive. */
  principal(count: number): Principal {
    const { width } = this;
    const mean = Float32Array.from(this.#sum, (value) => value / this.#count);
    const covariance = new Matrix(width, width);
    for (let i = 0; i < width; i++)
      for (let j = 0; j < width; j++)
        covariance.set(i, j, this.#squares[i * width + j]! / this.#count - mean[i]! * mean[j]!);
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
    const order = realEigenvalues.map((_, index) => index).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
    const chosen = order.slice(0, count);
    const directions = new Float32Array(count * width);
    for (const [row, column] of chosen.entries()) {
      const vector = eigenvectorMatrix.getColumn(column);
      const largest = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
      vector.forEach((value, index) => (directions[row * width + index] = largest < 0 ? -value : value));
    }
    const total = realEigenvalues.reduce((sum, value) => sum + value, 0);
    const variances = chosen.map((column) => Math.max(realEigenvalues[column]!, 0));
    return {
      mean,
      directions,
      deviations: Float32Array.from(variances, Math.sqrt),
      share: variances.reduce((sum, value) => sum + value, 0) / total,
    };
  }
}

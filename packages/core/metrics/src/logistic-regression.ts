import { minimise } from './lbfgs.js';
import { standardiser } from './standardise.js';

/** How {@link logisticRegression} fits. */
export interface LogisticRegressionOptions {
  /** Features in a row. */
  readonly width: number;
  /** How many classes there are. */
  readonly classes: number;
  /** Weight of the squared norm of the weights over 2, against the summed loss: 1/C of scikit-learn. Default 1 */
  readonly l2?: number;
  /** Most L-BFGS steps. Default 500 */
  readonly iterations?: number;
}

/** A fitted classifier. Weights apply to standardised features. */
export interface LogisticRegression {
  /** `[classes, width]`, or `[1, width]` of class 1 where there are two. */
  readonly weights: Float64Array;
  /** `[classes]` or `[1]` */
  readonly bias: Float64Array;
  /** The likeliest class of each row. @param features `[rows, width]` */
  predict(features: Float32Array): number[];
  /** `[rows, classes]`. @param features `[rows, width]` */
  probabilities(features: Float32Array): Float64Array;
}

/**
 * Multinomial logistic regression with an L2 penalty on the weights and none on the bias; features are standardised with
 * the mean and deviation of these rows. Two classes have one weight vector. Equals scikit-learn's
 * `make_pipeline(StandardScaler(), LogisticRegression(C=1 / l2))`. Deterministic.
 * @param features `[rows, width]`, row-major
 * @param labels class of each row
 * @throws TypeError where sizes do not fit
 */
export function logisticRegression(
  features: Float32Array,
  labels: readonly number[],
  options: LogisticRegressionOptions,
): LogisticRegression {
  const { width, classes, l2 = 1, iterations = 500 } = options;
  const rows = labels.length;
  if (rows === 0 || features.length !== rows * width || classes < 2)
    throw new TypeError(
      `${rows} labels of ${classes} classes do not fit ${features.length} features in rows of ${width}`,
    );
  if (labels.some((label) => !Number.isInteger(label) || label < 0 || label >= classes))
    throw new TypeError(`labels must be whole numbers below ${classes}`);
  const standardise = standardiser(features, width);
  const inputs = standardise(features);
  const outputs = classes === 2 ? 1 : classes;
  const first = classes - outputs;
  const objective = (point: Float64Array, gradient: Float64Array): number => {
    const probabilities = classProbabilities(inputs, point, width, classes);
    let loss = 0;
    gradient.fill(0);
    for (const [row, label] of labels.entries()) {
      loss -= Math.log(Math.max(probabilities[row * classes + label]!, Number.MIN_VALUE));
      for (let output = 0; output < outputs; output++) {
        const target = output + first;
        const error = probabilities[row * classes + target]! - (label === target ? 1 : 0);
        const at = output * (width + 1);
        for (let i = 0; i < width; i++) gradient[at + i]! += error * inputs[row * width + i]!;
        gradient[at + width]! += error;
      }
    }
    for (let i = 0; i < point.length; i++) {
      const penalty = i % (width + 1) === width ? 0 : l2;
      loss += (penalty / 2) * point[i]! ** 2;
      gradient[i] = (gradient[i]! + penalty * point[i]!) / rows;
    }
    return loss / rows;
  };
  const { point } = minimise(objective, new Float64Array(outputs * (width + 1)), { iterations, tolerance: 1e-7 });
  const probabilities = (given: Float32Array) => classProbabilities(standardise(given), point, width, classes);
  return {
    weights: point.filter((_, i) => i % (width + 1) !== width),
    bias: point.filter((_, i) => i % (width + 1) === width),
    probabilities,
    predict: (given) => likeliest(probabilities(given), classes),
  };
}

/** Softmax of the scores, `[rows, classes]`; of two classes the first scores 0. `point` is `[outputs, width + 1]`. */
function classProbabilities(inputs: Float64Array, point: Float64Array, width: number, classes: number): Float64Array {
  const rows = inputs.length / width;
  const outputs = point.length / (width + 1);
  const result = new Float64Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    for (let output = 0; output < outputs; output++) {
      const at = output * (width + 1);
      let score = point[at + width]!;
      for (let i = 0; i < width; i++) score += point[at + i]! * inputs[row * width + i]!;
      result[row * classes + output + classes - outputs] = score;
    }
    const scores = result.subarray(row * classes, (row + 1) * classes);
    const most = scores.reduce((best, score) => Math.max(best, score), -Infinity);
    let sum = 0;
    for (let i = 0; i < classes; i++) sum += scores[i] = Math.exp(scores[i]! - most);
    for (let i = 0; i < classes; i++) scores[i]! /= sum;
  }
  return result;
}

function likeliest(probabilities: Float64Array, classes: number): number[] {
  return Array.from({ length: probabilities.length / classes }, (_, row) => {
    const scores = probabilities.subarray(row * classes, (row + 1) * classes);
    return scores.indexOf(scores.reduce((best, score) => Math.max(best, score)));
  });
}

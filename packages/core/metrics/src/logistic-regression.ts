import type { LinearWeights, LogisticRegressionOptions } from './logistic-options.js';
import { logisticProblem, type LogisticProblem } from './logistic-problem.js';
import { outputsOf, softmaxFitter, softmaxProbabilities, type Point } from './softmax-fit.js';
import type { Features } from './sparse-rows.js';

/** A fitted classifier. Its weights apply to scaled features. */
export interface LogisticRegression extends LinearWeights {
  /** The likeliest class of each row. @param features `[rows, width]`, dense or sparse as the training rows */
  predict(features: Features): number[];
  /** `[rows, classes]`. @param features `[rows, width]`, dense or sparse as the training rows */
  probabilities(features: Features): Float64Array;
}

/** The gradient at which a fit is done, as `FitLimits` measures it. */
export const TOLERANCE = 1e-7;

/**
 * Multinomial logistic regression: minimises Σ loss + l2/2 · ‖weights − prior‖², as scikit-learn's
 * `LogisticRegression(C=1 / l2)`; the bias is not penalised. Two classes have one weight vector. A class without rows is
 * never predicted. By default features are standardised, as with `make_pipeline(StandardScaler(), …)`. Deterministic.
 * @param features `[rows, width]`, dense row-major or sparse
 * @param labels class of each row
 * @throws TypeError where sizes do not fit, and for sparse rows that are to be standardised
 */
export function logisticRegression(
  features: Features,
  labels: readonly number[],
  options: LogisticRegressionOptions,
): LogisticRegression {
  const { l2 = 1, iterations = 500, start } = options;
  const prepared = logisticProblem(features, labels, options);
  const from = start ? prepared.toPoint(start) : startOf(prepared);
  const point = softmaxFitter(prepared.problem, l2).fit(prepared.all, from, { iterations, tolerance: TOLERANCE });
  return fitted(prepared, point);
}

/** Where a fit begins: weights of the prior, and its bias or none. */
export function startOf({ problem: { features, classes, biasPrior } }: LogisticProblem): Point {
  const outputs = outputsOf(classes);
  const point = new Float64Array(outputs * (features.width + 1));
  if (biasPrior) point.set(biasPrior, outputs * features.width);
  return point;
}

/** The classifier of a point. */
export function fitted({ problem: { classes }, toWeights, scale }: LogisticProblem, point: Point): LogisticRegression {
  const { weights, bias } = toWeights(point);
  const whole = Float64Array.from([...weights, ...bias]);
  const probabilities = (given: Features): Float64Array => {
    const features = scale(given);
    return softmaxProbabilities({ features, classes, offsets: undefined }, [...Array(features.rows).keys()], whole);
  };
  return { weights, bias, probabilities, predict: (given) => likeliest(probabilities(given), classes) };
}

/** The class with the highest probability of each row, the lowest of equals. @param probabilities `[rows, classes]` */
function likeliest(probabilities: Float64Array, classes: number): number[] {
  return Array.from({ length: probabilities.length / classes }, (_, row) => {
    const own = probabilities.subarray(row * classes, (row + 1) * classes);
    return own.indexOf(own.reduce((best, value) => Math.max(best, value)));
  });
}

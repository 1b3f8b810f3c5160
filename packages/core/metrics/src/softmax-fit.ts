import { minimise } from './lbfgs.js';
import type { LinearRows } from './linear-rows.js';
import { preconditioner, type Preconditioner, type SecondMoments } from './preconditioner.js';

/** A bias that leaves a class no probability. */
const NEVER = 1e6;

/** Rows that have scores. */
export interface ScoredRows {
  readonly features: LinearRows;
  readonly classes: number;
  /** Scores that are added to those of the features, `[rows, outputs]`; a penalty does not see them. */
  readonly offsets?: Float64Array | undefined;
}

/** A multinomial logistic regression to fit. */
export interface SoftmaxProblem extends ScoredRows {
  readonly moments: SecondMoments;
  /** Class of each row of the features. */
  readonly labels: readonly number[];
  /** Weight of each row's loss. */
  readonly weights: Float64Array;
  /** The bias that the penalty pulls towards, `[outputs]`; without it the bias is not penalised. */
  readonly biasPrior?: Float64Array | undefined;
}

/** When a fit stops. */
interface FitLimits {
  readonly iterations: number;
  /**
   * Largest entry of the preconditioned gradient of the summed loss, about the distance to the minimum in units in which
   * the curvature is 1.
   */
  readonly tolerance: number;
}

/** Weights and bias in one vector, `[outputs, width]` and then `[outputs]`. */
export type Point = Float64Array;

/** Fits with one strength of the penalty. */
export interface SoftmaxFitter {
  /**
   * Minimises Σ weight · loss + l2/2 · ‖weights‖² over the rows named. A class without rows gets no probability, unless its
   * bias is penalised.
   * @param rows indices into the problem's rows
   * @param start weights and bias to begin with; left as it is
   */
  fit(rows: readonly number[], start: Point, limits: FitLimits): Point;
}

/** The score vectors that there are: one for each class, or of two classes one for the second. */
export const outputsOf = (classes: number): number => (classes === 2 ? 1 : classes);

/**
 * Prepares fits with a penalty, on all rows or some of them.
 * @param variance the mean of p (1 − p) near the minimum, by which the preconditioner is scaled; by default that of equally
 * likely classes. A wrong one costs steps and changes nothing else
 */
export function softmaxFitter(problem: SoftmaxProblem, l2: number, variance = uniformVariance(problem)): SoftmaxFitter {
  const { classes, weights, biasPrior } = problem;
  const outputs = outputsOf(classes);
  const biasAt = outputs * problem.features.width;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const changed = preconditioner(problem.features, problem.moments, (variance * total) / weights.length, l2);
  const biasScale = Math.sqrt(variance * total + (biasPrior ? l2 : 0));
  const change = (how: 'multiply' | 'solve', vector: Float64Array): void => {
    changed[how](vector, outputs);
    const factor = how === 'multiply' ? biasScale : 1 / biasScale;
    for (let at = biasAt; at < vector.length; at++) vector[at]! *= factor;
  };
  return {
    fit(rows, start, limits) {
      const absent = biasPrior ? [] : absentClasses(problem, rows);
      const used = new Float64Array(weights.length);
      for (const row of rows) used[row] = weights[row]!;
      const whole = { ...problem, weights: used };
      const objective = (point: Point, gradient: Float64Array): number =>
        penalise({ biasPrior, biasScale, l2 }, changed, outputs, point, gradient) +
        addLoss(whole, changed, absent, point, biasScale, gradient);
      const from = start.slice();
      change('multiply', from);
      const { point } = minimise(objective, from, limits);
      change('solve', point);
      const first = classes - outputs;
      for (const k of absent) point[biasAt + Math.max(0, k - first)] = k < first ? NEVER : -NEVER;
      return point;
    },
  };
}

/** The part of the penalty that rows have no share in; writes its gradient. @param point in the changed variables */
function penalise(
  bias: { readonly biasPrior: Float64Array | undefined; readonly biasScale: number; readonly l2: number },
  { penalty: { own } }: Preconditioner,
  outputs: number,
  point: Point,
  gradient: Float64Array,
): number {
  const { biasPrior, biasScale, l2 } = bias;
  const width = own.length;
  const biasAt = outputs * width;
  let penalty = 0;
  for (let at = 0; at < biasAt; at++) {
    const pull = own[at % width]! * point[at]!;
    penalty += (pull * point[at]!) / 2;
    gradient[at] = pull;
  }
  for (let at = biasAt; at < point.length; at++) {
    const apart = biasPrior ? point[at]! / biasScale - biasPrior[at - biasAt]! : 0;
    penalty += (l2 / 2) * apart ** 2;
    gradient[at] = (l2 * apart) / biasScale;
  }
  return penalty;
}

const uniformVariance = ({ classes }: SoftmaxProblem): number => (1 / classes) * (1 - 1 / classes);

function absentClasses({ labels, classes }: SoftmaxProblem, rows: readonly number[]): number[] {
  const seen = new Set(rows.map((row) => labels[row]!));
  return Array.from({ length: classes }, (_, k) => k).filter((k) => !seen.has(k));
}

/** The loss of the rows and their share of the penalty; adds its gradient. @param biasScale multiplies the bias in `point` */
function addLoss(
  problem: SoftmaxProblem,
  { features, penalty: { shared } }: Preconditioner,
  absent: readonly number[],
  point: Point,
  biasScale: number,
  gradient: Float64Array,
): number {
  const { labels, classes, weights } = problem;
  const outputs = outputsOf(classes);
  const first = classes - outputs;
  const biasAt = outputs * features.width;
  const bias = point.slice(biasAt).map((value) => value / biasScale);
  const scores = new Float64Array(outputs);
  const probabilities = new Float64Array(classes);
  let loss = 0;
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row]!;
    if (weight === 0 && shared === 0) continue;
    features.scores(row, point, outputs, scores);
    const label = labels[row]!;
    if (weight > 0) {
      complete(problem, row, scores, bias, probabilities);
      for (const k of absent) probabilities[k] = -Infinity;
      softmax(probabilities);
      loss -= weight * Math.log(Math.max(probabilities[label]!, Number.MIN_VALUE));
    }
    for (let output = 0; output < outputs; output++) {
      const score = scores[output]!;
      const error = weight > 0 ? weight * (probabilities[first + output]! - (label === first + output ? 1 : 0)) : 0;
      loss -= (shared / 2) * score ** 2;
      scores[output] = error - shared * score;
      gradient[biasAt + output]! += error / biasScale;
    }
    features.add(row, scores, outputs, gradient);
  }
  return loss;
}

/**
 * Probabilities of the rows named, `[rows, classes]`.
 * @param rows indices into the features
 */
export function softmaxProbabilities(scored: ScoredRows, rows: readonly number[], point: Point): Float64Array {
  const { features, classes } = scored;
  const outputs = outputsOf(classes);
  const bias = point.slice(outputs * features.width);
  const scores = new Float64Array(outputs);
  const result = new Float64Array(rows.length * classes);
  for (const [place, row] of rows.entries()) {
    const own = result.subarray(place * classes, (place + 1) * classes);
    features.scores(row, point, outputs, scores);
    complete(scored, row, scores, bias, own);
    softmax(own);
  }
  return result;
}

/** Writes the score of each class: bias and offset added, and of two classes 0 for the first. */
function complete(
  { classes, offsets }: ScoredRows,
  row: number,
  scores: Float64Array,
  bias: Float64Array,
  into: Float64Array,
): void {
  const outputs = scores.length;
  if (outputs < classes) into[0] = 0;
  for (let output = 0; output < outputs; output++)
    into[classes - outputs + output] =
      scores[output]! + bias[output]! + (offsets ? offsets[row * outputs + output]! : 0);
}

/** The mean of p (1 − p) of probabilities. */
export function meanVariance(probabilities: Float64Array): number {
  return probabilities.reduce((sum, p) => sum + p * (1 - p), 0) / probabilities.length;
}

/** Turns scores into probabilities, in place. */
function softmax(scores: Float64Array): void {
  let most = -Infinity;
  for (let k = 0; k < scores.length; k++) most = Math.max(most, scores[k]!);
  let sum = 0;
  for (let k = 0; k < scores.length; k++) sum += scores[k] = Math.exp(scores[k]! - most);
  for (let k = 0; k < scores.length; k++) scores[k]! /= sum;
}

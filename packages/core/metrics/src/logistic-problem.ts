import { featureScaler, type ScaledFeatures } from './feature-scaling.js';
import { linearRows, type LinearRows } from './linear-rows.js';
import type { LinearWeights, LogisticProblemOptions } from './logistic-options.js';
import { secondMoments } from './preconditioner.js';
import { coordinatesOf } from './row-space.js';
import { outputsOf, type Point, type SoftmaxProblem } from './softmax-fit.js';
import { isSparse, rowCount, type Features } from './sparse-rows.js';

/** A logistic regression in the coordinates in which it is fitted. */
export interface LogisticProblem {
  readonly problem: SoftmaxProblem;
  /** Every row's index. */
  readonly all: readonly number[];
  /** A point of the fit as weights and bias of scaled features. */
  toWeights(point: Point): LinearWeights;
  /** The other way. */
  toPoint(weights: LinearWeights): Point;
  /** Other rows, scaled as the training rows were. */
  scale(features: Features): LinearRows;
}

/**
 * Checks and scales the training rows and chooses coordinates.
 * @throws TypeError where sizes do not fit, and for what cannot be scaled
 */
export function logisticProblem(
  features: Features,
  labels: readonly number[],
  options: LogisticProblemOptions,
): LogisticProblem {
  const { classes, prior, scaling = isSparse(features) ? 'none' : 'standardise' } = options;
  const rows = rowCount(features, options.width);
  if (rows === 0 || rows !== labels.length || classes < 2)
    throw new TypeError(`${labels.length} labels of ${classes} classes do not fit ${rows} rows of features`);
  if (labels.some((label) => !Number.isInteger(label) || label < 0 || label >= classes))
    throw new TypeError(`labels must be whole numbers below ${classes}`);
  const width = isSparse(features) ? features.width : options.width!;
  const outputs = outputsOf(classes);
  const scaler = featureScaler(features, width, scaling);
  const scaled: ScaledFeatures = scaler(features);
  const given = linearRows(scaled, width);
  const { biasPrior, priorWeights } = checkPrior(prior, outputs, width);
  const centre = biasPrior === undefined;
  const coordinates = coordinatesOf(given, isSparse(scaled) ? undefined : scaled, centre);
  const { mean } = coordinates;
  const size = outputs * coordinates.rows.width;
  const shifts = (weights: Float64Array): Float64Array =>
    Float64Array.from({ length: outputs }, (_, output) =>
      mean.reduce((sum, value, i) => sum + value * weights[output * width + i]!, 0),
    );
  const plus = (a: Float64Array, b: Float64Array | undefined, sign: 1 | -1): Float64Array =>
    b ? a.map((value, i) => value + sign * b[i]!) : a;
  const offsets = priorWeights && scoresOf(given, priorWeights, outputs);
  return {
    problem: {
      features: coordinates.rows,
      moments: secondMoments(coordinates.rows, coordinates.dense),
      labels,
      classes,
      weights: lossWeights(labels, options),
      offsets,
      biasPrior,
    },
    all: [...labels.keys()],
    toWeights(point) {
      const own = coordinates.expand(point.slice(0, size), outputs);
      return { weights: plus(own, priorWeights, 1), bias: plus(point.slice(size), shifts(own), -1) };
    },
    toPoint({ weights, bias }) {
      if (weights.length !== outputs * width || bias.length !== outputs)
        throw new TypeError(`expected ${outputs} × ${width} weights to start from, got ${weights.length}`);
      const own = plus(weights, priorWeights, -1);
      return Float64Array.from([...coordinates.reduce(own, outputs), ...plus(bias, shifts(own), 1)]);
    },
    scale: (other) => {
      rowCount(other, width);
      return linearRows(scaler(other), width);
    },
  };
}

/** `[rows, outputs]` */
function scoresOf(features: LinearRows, weights: Float64Array, outputs: number): Float64Array {
  const scores = new Float64Array(features.rows * outputs);
  for (let row = 0; row < features.rows; row++)
    features.scores(row, weights, outputs, scores.subarray(row * outputs, (row + 1) * outputs));
  return scores;
}

function checkPrior(prior: LogisticProblemOptions['prior'], outputs: number, width: number) {
  const { weights: priorWeights, bias: biasPrior } = prior ?? {};
  if ((priorWeights?.length ?? outputs * width) !== outputs * width || (biasPrior?.length ?? outputs) !== outputs)
    throw new TypeError(`expected a prior of ${outputs} × ${width} weights and ${outputs} biases`);
  return { priorWeights, biasPrior };
}

/** The weight of each row's loss: its own times its class's. @throws TypeError for a weight that is negative */
function lossWeights(
  labels: readonly number[],
  { classes, rowWeights, classWeights }: LogisticProblemOptions,
): Float64Array {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]!++;
  const seen = counts.filter((count) => count > 0).length;
  const ofClass = (label: number): number =>
    classWeights === 'balanced' ? labels.length / (seen * counts[label]!) : (classWeights?.[label] ?? 1);
  const weights = Float64Array.from(labels, (label, row) => (rowWeights?.[row] ?? 1) * ofClass(label));
  if ((rowWeights && rowWeights.length !== labels.length) || !weights.every((weight) => weight >= 0))
    throw new TypeError('expected a weight of at least 0 for each row and class');
  if (!weights.some((weight) => weight > 0)) throw new TypeError('expected a row with a weight above 0');
  return weights;
}

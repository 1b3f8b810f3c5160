import { logisticRegressionCV } from './logistic-regression-cv.js';
import { logisticRegression } from './logistic-regression.js';
import { meanNorm, scaledBy } from './mean-norm.js';
import type { Features } from './sparse-rows.js';
import { fitFolds, MANY_ROWS } from './fit-folds.js';
import type { Fold } from './stratified-folds.js';

/** How a linear classifier is fitted. */
export interface LinearFitOptions {
  /** Numbers in a row of dense features. */
  readonly width?: number;
  /** How many classes there are. */
  readonly classes: number;
  /** Seed of the folds. */
  readonly seed: number;
  /**
   * `mean-norm`: all features are divided by the mean Euclidean norm of the rows, so that one grid of C suits every encoder;
   * `unit`: each row is divided by its own norm; `none`, for rows that have unit length. Default `mean-norm`.
   */
  readonly scaling?: 'mean-norm' | 'unit' | 'none';
  /**
   * Weights and bias of a head towards which the penalty may pull, as {@link LinearFit} has them, at full, half or quarter
   * weight: it does where that lowers the log-loss, and the rows are fewer than 1,000. Default: the penalty pulls towards 0, and leaves the bias free.
   */
  readonly prior?: Pick<LinearFit, 'weights' | 'bias'>;
  /** Weight of each row's loss, in the fit and in the choice of C. Default 1 */
  readonly rowWeights?: ArrayLike<number>;
  /** Weight of each class's, on top; `balanced`: all classes weigh the same, whatever their rows. Default 1 */
  readonly classWeights?: readonly number[] | 'balanced';
  /** Folds by which C is chosen. Default: 5 stratified folds, 3 repeats, 1 from 1,000 rows on. */
  readonly folds?: readonly Fold[];
}

/** A linear classifier, of features as they were given. */
export interface LinearFit {
  /** `[classes, width]` row-major, of unscaled features; of two classes each has one half of the regression's vector. */
  readonly weights: Float64Array;
  /** `[classes]` */
  readonly bias: Float64Array;
  /** Inverse strength of the penalty. */
  readonly c: number;
  /** Cross-validated: mean over rows and folds, nats. Absent where the rows are too few to be divided. */
  readonly logLoss?: number;
  /** Standard error of {@link logLoss} over rows. */
  readonly standardError?: number;
  /** Probabilities of other rows, `[rows, classes]`. @param features as those of the fit */
  probabilities(features: Features): Float64Array;
}

/**
 * Multinomial logistic regression with an L2 penalty whose strength is chosen by log-loss over repeated stratified folds.
 * Every linear classifier of the product is fitted by this function, with the same grid and folds. Deterministic. Without
 * two classes of which one has two rows there is nothing to choose by: then C = 1.
 * @param features `[rows, width]`, dense row-major or sparse
 * @param labels class of each row
 */
export function fitLinear(features: Features, labels: readonly number[], options: LinearFitOptions): LinearFit {
  const { prior, ...free } = options;
  const fits = [fitTowards(features, labels, free)];
  const divisible = fits[0]!.logLoss !== undefined;
  for (const scale of prior && labels.length < MANY_ROWS ? (divisible ? PRIOR_SCALES : [1]) : [])
    fits.push(fitTowards(features, labels, { ...free, prior: scaledPrior(prior!, scale) }));
  return divisible ? fits.reduce((a, b) => (b.logLoss! < a.logLoss! ? b : a)) : fits.at(-1)!;
}

/**
 * Heads of other tasks are surer of their answers than they should be on this one, so that they are also tried weakened: at
 * full weight alone the penalty hardly ever chose them (docs/results/ablations.md).
 */
const PRIOR_SCALES: readonly number[] = [1, 0.5, 0.25];

const scaledPrior = ({ weights, bias }: NonNullable<LinearFitOptions['prior']>, scale: number) => ({
  weights: weights.map((value) => value * scale),
  bias: bias.map((value) => value * scale),
});

/** A fit whose penalty pulls towards the prior, or without one towards 0. */
function fitTowards(features: Features, labels: readonly number[], options: LinearFitOptions): LinearFit {
  const { width = 0, classes, seed, scaling = 'mean-norm', prior, classWeights, rowWeights } = options;
  const norm = scaling === 'mean-norm' && features instanceof Float32Array ? meanNorm(features, width) : 1;
  const scaled = norm === 1 ? features : scaledBy(features as Float32Array, 1 / norm);
  const problem = {
    classes,
    ...(width > 0 ? { width } : {}),
    scaling: scaling === 'unit' ? ('unit' as const) : ('none' as const),
    ...(classWeights ? { classWeights } : {}),
    ...(rowWeights ? { rowWeights } : {}),
    ...(prior ? { prior: regressionOf(prior, classes, norm) } : {}),
  };
  const folds = options.folds ?? linearFolds(labels, seed);
  const cv = folds && logisticRegressionCV(scaled, labels, { ...problem, folds });
  const model = cv?.model ?? logisticRegression(scaled, labels, { ...problem, l2: 1 });
  const score = cv?.path.find(({ c }) => c === cv.c);
  return {
    ...headOf(model, classes, norm),
    c: cv?.c ?? 1,
    ...(score ? { logLoss: score.logLoss, standardError: score.standardError } : {}),
    probabilities: (other) => model.probabilities(norm === 1 ? other : scaledBy(other as Float32Array, 1 / norm)),
  };
}

/** The folds by which C is chosen; undefined where the rows cannot be divided: without two classes, one of them of two rows. */
export const linearFolds = (labels: readonly number[], seed: number): readonly Fold[] | undefined =>
  new Set(labels).size < 2 ? undefined : fitFolds(labels, seed);

/** The bias of a class that has no rows in the training data is cut off here, so that a head stays finite. */
const LARGEST_BIAS = 30;

/** Weights of a regression on divided features as those of a head: two classes have ± one half of one vector. */
function headOf(
  { weights, bias }: { readonly weights: Float64Array; readonly bias: Float64Array },
  classes: number,
  norm: number,
): { weights: Float64Array; bias: Float64Array } {
  const both = (values: Float64Array): Float64Array =>
    classes === 2
      ? Float64Array.from([...values.map((value) => -value / 2), ...values.map((value) => value / 2)])
      : values;
  const cut = (value: number): number => Math.max(-LARGEST_BIAS, Math.min(LARGEST_BIAS, value));
  return { weights: both(weights).map((value) => value / norm), bias: both(bias).map(cut) };
}

/** The other way: a head's weights as those of a regression on divided features. */
function regressionOf(
  { weights, bias }: Pick<LinearFit, 'weights' | 'bias'>,
  classes: number,
  norm: number,
): { weights: Float64Array; bias: Float64Array } {
  const one = (values: Float64Array): Float64Array => {
    if (classes !== 2) return values;
    const half = values.length / 2;
    return values.slice(half).map((value, at) => value - values[at]!);
  };
  return { weights: one(weights).map((value) => value * norm), bias: one(bias) };
}

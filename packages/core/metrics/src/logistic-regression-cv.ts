import type { LogisticProblemOptions } from './logistic-options.js';
import { logisticProblem } from './logistic-problem.js';
import { fitted, startOf, TOLERANCE, type LogisticRegression } from './logistic-regression.js';
import { rowLoss } from './log-loss.js';
import { meanVariance, softmaxFitter, softmaxProbabilities } from './softmax-fit.js';
import type { Features } from './sparse-rows.js';
import { stratifiedFolds, type Fold, type FoldOptions } from './stratified-folds.js';

/** How {@link logisticRegressionCV} chooses. */
export interface LogisticRegressionCVOptions extends LogisticProblemOptions {
  /** Values of C = 1/l2 to choose from. Default 10⁻² to 10⁴ by tens, which suits rows of unit length */
  readonly grid?: readonly number[];
  /** The divisions of the rows, or how they are made. Default 5 folds, 3 repeats, seed 0 */
  readonly folds?: readonly Fold[] | FoldOptions;
  /**
   * `best`: the C with the lowest log-loss, the smallest of equals. `one-standard-error`: the smallest C whose log-loss is
   * within one standard error of the lowest. Default `best`
   */
  readonly rule?: 'best' | 'one-standard-error';
}

/** How well a C does on held-out rows. */
export interface RegularisationScore {
  readonly c: number;
  /** Mean over the folds of the mean log-loss of a fold's test rows, each with its weight. */
  readonly logLoss: number;
  /** Standard error of the log-loss: over rows, each with its mean loss over the repeats. */
  readonly standardError: number;
}

/** What {@link logisticRegressionCV} found. */
export interface LogisticRegressionCV {
  /** The C that was chosen. */
  readonly c: number;
  /** In the order of C; it ends early where larger ones do worse. */
  readonly path: readonly RegularisationScore[];
  /**
   * Probabilities of each row by models that were not fitted on it, with the chosen C, the mean over the repeats:
   * `[rows, classes]`. NaN for a row that no fold tests, as the only row of its class.
   */
  readonly outOfFold: Float64Array;
  /** Fitted on all rows with the chosen C. */
  readonly model: LogisticRegression;
}

const GRID: readonly number[] = [1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4];

/** So many values of C in a row above the lowest log-loss end the search: larger ones fit the noise, and take longest. */
const WORSE = 2;

/** The gradient at which the fit of a fold is done; its log-loss is then right to some four digits. */
const FOLD_TOLERANCE = 1e-4;

/**
 * Logistic regression whose strength of regularisation C is chosen by the log-loss on held-out rows, as scikit-learn's
 * `LogisticRegressionCV(scoring='neg_log_loss')`. Features are scaled once, by all rows. Each fold follows the grid from
 * the strongest penalty on, a fit starting at the result of the one before, until two values of C in a row do worse than
 * one before them. Deterministic.
 * @param features `[rows, width]`, dense row-major or sparse
 * @param labels class of each row
 * @throws TypeError where sizes do not fit, for an empty grid, and where no class has two rows
 */
export function logisticRegressionCV(
  features: Features,
  labels: readonly number[],
  options: LogisticRegressionCVOptions,
): LogisticRegressionCV {
  const { classes, rule = 'best', iterations = 500 } = options;
  const grid = [...new Set(options.grid ?? GRID)].sort((a, b) => a - b);
  if (grid.length === 0 || !grid.every((c) => c > 0)) throw new TypeError('expected values of C above 0');
  const folds = foldsOf(labels, options.folds);
  const prepared = logisticProblem(features, labels, options);
  const { problem, all } = prepared;
  const sums = grid.map(() => new Float64Array(labels.length * classes));
  const losses = grid.map(() => new Float64Array(labels.length));
  const foldLosses = grid.map((): number[] => []);
  const tests = new Uint32Array(labels.length);
  for (const { test } of folds) for (const row of test) tests[row]!++;
  const points = folds.map(() => startOf(prepared));
  let variance: number | undefined;
  let [best, worse] = [Infinity, 0];
  for (const [place, c] of grid.entries()) {
    const fitter = softmaxFitter(problem, 1 / c, variance);
    for (const [fold, { train, test }] of folds.entries()) {
      points[fold] = fitter.fit(train, points[fold]!, { iterations, tolerance: FOLD_TOLERANCE });
      const found = softmaxProbabilities(problem, test, points[fold]);
      let [sum, total] = [0, 0];
      for (const [at, row] of test.entries()) {
        for (let k = 0; k < classes; k++) sums[place]![row * classes + k]! += found[at * classes + k]!;
        const weight = problem.weights[row]!;
        const loss = weight * rowLoss(found, at * classes + labels[row]!);
        losses[place]![row]! += loss;
        sum += loss;
        total += weight;
      }
      foldLosses[place]!.push(total > 0 ? sum / total : 0);
    }
    const found = mean(foldLosses[place]!);
    worse = found < best ? 0 : worse + 1;
    best = Math.min(best, found);
    if (worse === WORSE) break;
    variance = Math.max(1e-4, meanVariance(softmaxProbabilities(problem, folds[0]!.train, points[0]!)));
  }
  const tried = grid.slice(0, foldLosses.filter((losses) => losses.length > 0).length);
  const path = tried.map((c, place): RegularisationScore => ({
    c,
    logLoss: mean(foldLosses[place]!),
    standardError: standardError(
      [...all.keys()].filter((row) => tests[row]! > 0).map((row) => losses[place]![row]! / tests[row]!),
    ),
  }));
  const place = choose(path, rule);
  const c = grid[place]!;
  const outOfFold = sums[place]!.map((sum, at) => sum / tests[Math.floor(at / classes)]!);
  const point = softmaxFitter(problem, 1 / c).fit(all, startOf(prepared), { iterations, tolerance: TOLERANCE });
  return { c, path, outOfFold, model: fitted(prepared, point) };
}

function foldsOf(labels: readonly number[], given: LogisticRegressionCVOptions['folds']): readonly Fold[] {
  const folds = Array.isArray(given)
    ? (given as readonly Fold[])
    : stratifiedFolds(labels, { folds: 5, repeats: 3, seed: 0, ...(given as FoldOptions | undefined) });
  if (folds.length > 0 && folds.every(({ train, test }) => train.length > 0 && test.length > 0)) return folds;
  throw new TypeError('expected folds with rows to train on and to test on');
}

/** The place of the C that the rule chooses. */
function choose(path: readonly RegularisationScore[], rule: 'best' | 'one-standard-error'): number {
  const best = path.reduce((a, b) => (b.logLoss < a.logLoss ? b : a));
  const most = rule === 'best' ? best.logLoss : best.logLoss + best.standardError;
  return path.findIndex(({ logLoss }) => logLoss <= most);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / Math.max(values.length - 1, 1) / values.length);
}

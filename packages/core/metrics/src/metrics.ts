import { AdapterFusionError, nearest } from '@adapterfusion/contracts';
import { accuracy, classReports, macroF1, matthews } from './classification.js';
import { confusionMatrix, type ConfusionMatrix } from './confusion.js';
import { pearson, spearman } from './correlation.js';

/** What {@link computeMetrics} is told about the task. */
export interface MetricOptions {
  /** Label names; needed by every metric but the correlations. */
  readonly labels?: readonly string[];
  /** Index of the class that `f1` is about. Default 1 */
  readonly positive?: number;
}

type Classified = (matrix: ConfusionMatrix, positive: number) => number;

const CLASSIFICATION: Readonly<Record<string, Classified>> = {
  accuracy,
  f1: (matrix, positive) => binaryF1(matrix, positive),
  'macro-f1': macroF1,
  'micro-f1': accuracy,
  matthews,
};
const REGRESSION = { pearson, spearman };

/** Every metric there is. */
export const METRICS: readonly string[] = [...Object.keys(CLASSIFICATION), ...Object.keys(REGRESSION)].sort();

/**
 * Metrics by name, with the values of scikit-learn and scipy in degenerate cases: 0 for a ratio without rows, NaN for the
 * correlation of a constant. `micro-f1` equals accuracy, every row having one label.
 * @param names of {@link METRICS}
 * @param predictions class indices, or values for the correlations
 * @param labels the truth, in the same order
 * @throws OPTIONS_INVALID for an unknown metric, and for `f1` of a task that has not two labels; TypeError for lists that
 * do not fit
 */
export function computeMetrics(
  names: readonly string[],
  predictions: readonly number[],
  labels: readonly number[],
  options: MetricOptions = {},
): Record<string, number> {
  const classes = () => [...predictions, ...labels].reduce((most, label) => Math.max(most, label), 0) + 1;
  let matrix: ConfusionMatrix | undefined;
  const value = (name: string): number => {
    if (name === 'pearson' || name === 'spearman') return REGRESSION[name](predictions, labels);
    const metric = Object.hasOwn(CLASSIFICATION, name) ? CLASSIFICATION[name] : undefined;
    if (metric === undefined) throw unknown(name);
    matrix ??= confusionMatrix(predictions, labels, options.labels?.length ?? classes());
    return metric(matrix, options.positive ?? 1);
  };
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

function binaryF1(matrix: ConfusionMatrix, positive: number): number {
  if (matrix.length === 2) return classReports(matrix)[positive]!.f1;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'metrics',
    expected: 'two labels for f1',
    got: String(matrix.length),
    fix: 'Use macro-f1.',
  });
}

function unknown(name: string): AdapterFusionError {
  const near = nearest(name, METRICS);
  return new AdapterFusionError('OPTIONS_INVALID', {
    at: 'metrics',
    expected: `one of ${METRICS.join(', ')}`,
    got: JSON.stringify(name),
    fix: near === undefined ? 'Name one of them.' : `Did you mean "${near}"?`,
  });
}

export { bootstrapInterval, metricInterval, type BootstrapOptions, type Interval } from './bootstrap.js';
export { accuracy, classReports, macroF1, matthews, type ClassReport } from './classification.js';
export { confusionMatrix, type ConfusionMatrix } from './confusion.js';
export { pearson, spearman } from './correlation.js';
export { fitLinear, linearFolds, type LinearFit, type LinearFitOptions } from './fit-linear.js';
export { fitRidge, type RidgeFit, type RidgeFitOptions } from './fit-ridge.js';
export { glueScore, type GlueScore } from './glue.js';
export type { Scaling } from './feature-scaling.js';
export { headlineMetric, predictsOneClass, type HeadlineMetric } from './headline.js';
export { logLoss } from './log-loss.js';
export type { LinearWeights, LogisticProblemOptions, LogisticRegressionOptions } from './logistic-options.js';
export {
  logisticRegressionCV,
  type LogisticRegressionCV,
  type LogisticRegressionCVOptions,
  type RegularisationScore,
} from './logistic-regression-cv.js';
export { logisticRegression, type LogisticRegression } from './logistic-regression.js';
export { majorityClass } from './majority.js';
export { METRICS, computeMetrics, type MetricOptions } from './metrics.js';
export { softmax } from './softmax.js';
export type { Features, SparseRows } from './sparse-rows.js';
export { stratifiedFolds, type Fold, type FoldOptions } from './stratified-folds.js';
export { tfidf, type TfidfOptions, type TfidfText, type TfidfVectorizer } from './tfidf.js';

export { bootstrapInterval, metricInterval, type BootstrapOptions, type Interval } from './bootstrap.js';
export { accuracy, classReports, macroF1, matthews, type ClassReport } from './classification.js';
export { confusionMatrix, type ConfusionMatrix } from './confusion.js';
export { pearson, spearman } from './correlation.js';
export { glueScore, type GlueScore } from './glue.js';
export { logisticRegression, type LogisticRegression, type LogisticRegressionOptions } from './logistic-regression.js';
export { majorityClass } from './majority.js';
export { METRICS, computeMetrics, type MetricOptions } from './metrics.js';

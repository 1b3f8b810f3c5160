import type { TaskContext, TaskKind, TaskMetric, TextExample } from '@adapterfusion/contracts';
import { labelIndex, optionalText, textField } from '@adapterfusion/data';
import { computeMetrics, majorityClass, softmax } from '@adapterfusion/metrics';

/** The answer to a text. */
export interface TextClassificationAnswer {
  readonly label: string;
  /** The probability of each label. */
  readonly scores: { readonly [label: string]: number };
}

/** Metrics by name; `f1` is that of the second label, where there are two. */
const METRICS = ['accuracy', 'macro-f1', 'micro-f1', 'matthews'];

export function createKind(labels: TaskContext['labels']): TaskKind<TextExample, number, TextClassificationAnswer> {
  const metrics = [...METRICS, ...(labels.length === 2 ? ['f1'] : [])];
  return {
    labels,
    defaultHead: '@adapterfusion/head-classification#classification',
    metrics: metrics.map((name): TaskMetric<number, number> => ({
      name,
      better: 'higher',
      compute: (predictions, targets) => computeMetrics([name], predictions, targets, { labels })[name]!,
    })),

    parse(fields, at) {
      const pair = optionalText(fields, 'pair', at);
      const { label } = fields;
      return {
        text: textField(fields, 'text', at),
        ...(pair === undefined ? {} : { pair }),
        ...(label === undefined || label === null ? {} : { label: labelIndex(label, labels, at) }),
        at,
      };
    },
    labelsIn: ({ label }) => (typeof label === 'string' || typeof label === 'number' ? [String(label).trim()] : []),
    target: ({ label }) => label,
    texts: ({ text, pair }) => (pair === undefined ? [text] : [text, pair]),
    encode: ({ text, pair, label }, tokenizer, options) => [
      { group: [tokenizer.encode(text, pair, options)], ...(label === undefined ? {} : { target: label }) },
    ],
    collate: (targets) => ({ labels: { data: Int32Array.from(targets), shape: [targets.length] } }),
    classes: (target) => [target],
    stratum: (target) => target,

    decode([output]) {
      const scores = softmax(output!.values);
      const best = scores.indexOf(Math.max(...scores));
      return { label: labels[best]!, scores: Object.fromEntries(labels.map((label, at) => [label, scores[at]!])) };
    },
    prediction: ({ label }) => labels.indexOf(label),
    error: ({ scores }, target) => -Math.log(Math.max(scores[labels[target]!]!, 1e-12)),
    categories: (target) => [labels[target]!],
    describe: (value) => labels[value]!,
    baseline(targets) {
      const majority = majorityClass(targets);
      return { name: 'majority', predict: () => majority };
    },
  };
}

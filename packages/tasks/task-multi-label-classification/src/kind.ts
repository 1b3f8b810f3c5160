import { AdapterFusionError, type Example, type TaskContext, type TaskKind } from '@adapterfusion/contracts';
import { labelIndex, optionalText, textField } from '@adapterfusion/data';
import { multiLabelF1, subsetAccuracy } from './metrics.js';
import type { MultiLabelClassificationOptions } from './plugin.js';

/** A text with its labels. */
interface LabelledText extends Example {
  readonly text: string;
  readonly pair?: string;
  /** Indices, ascending. */
  readonly labels?: readonly number[];
}

/** The answer to a text. */
export interface MultiLabelClassificationAnswer {
  /** Labels whose probability reaches the threshold, in the order of the label names. */
  readonly labels: readonly string[];
  /** The probability of each label on its own. */
  readonly scores: { readonly [label: string]: number };
}

type Kind = TaskKind<LabelledText, readonly number[], MultiLabelClassificationAnswer>;

export function createKind(
  { threshold, separator }: MultiLabelClassificationOptions,
  names: TaskContext['labels'],
): Kind {
  const listOf = (value: unknown, at: string): readonly unknown[] => {
    if (Array.isArray(value)) return value;
    if (typeof value === 'string')
      return value
        .split(separator)
        .map((label) => label.trim())
        .filter((label) => label !== '');
    throw new AdapterFusionError('DATA_INVALID', {
      at,
      expected: `a list of labels in the field "labels", or a text with "${separator}" between them`,
      got: JSON.stringify(value) ?? 'nothing',
      fix: 'Correct the row, or remove it.',
    });
  };
  return {
    labels: names,
    defaultHead: '@adapterfusion/head-multi-label-classification#multi-label-classification',
    metrics: [
      { name: 'micro-f1', better: 'higher', compute: (a, b) => multiLabelF1(a, b, names.length).micro },
      { name: 'macro-f1', better: 'higher', compute: (a, b) => multiLabelF1(a, b, names.length).macro },
      { name: 'accuracy', better: 'higher', compute: subsetAccuracy },
    ],

    parse(fields, at) {
      const pair = optionalText(fields, 'pair', at);
      const given = fields['labels'];
      const labels =
        given === undefined || given === null
          ? undefined
          : [...new Set(listOf(given, at).map((label) => labelIndex(label, names, at)))].sort((a, b) => a - b);
      return {
        text: textField(fields, 'text', at),
        ...(pair === undefined ? {} : { pair }),
        ...(labels === undefined ? {} : { labels }),
        at,
      };
    },
    labelsIn: ({ labels }, at) => (labels === undefined || labels === null ? [] : listOf(labels, at).map(String)),
    target: ({ labels }) => labels,
    texts: ({ text, pair }) => (pair === undefined ? [text] : [text, pair]),
    encode: ({ text, pair, labels }, tokenizer, options) => [
      { group: [tokenizer.encode(text, pair, options)], ...(labels === undefined ? {} : { target: labels }) },
    ],
    collate(targets) {
      const data = new Float32Array(targets.length * names.length);
      targets.forEach((labels, row) => labels.forEach((label) => (data[row * names.length + label] = 1)));
      return { labels: { data, shape: [targets.length, names.length] } };
    },
    stratum: () => undefined,

    decode([output]) {
      const scores = Array.from(output!.values, (logit) => 1 / (1 + Math.exp(-logit)));
      return {
        labels: names.filter((_, label) => scores[label]! >= threshold),
        scores: Object.fromEntries(names.map((name, label) => [name, scores[label]!])),
      };
    },
    prediction: ({ labels }) => labels.map((label) => names.indexOf(label)),
    error({ scores }, target) {
      const loss = (label: string, index: number): number => {
        const score = scores[label]!;
        return -Math.log(Math.max(target.includes(index) ? score : 1 - score, 1e-12));
      };
      return names.reduce((sum, label, index) => sum + loss(label, index), 0) / names.length;
    },
    categories: (target) => target.map((label) => names[label]!),
    describe: (value) => value.map((label) => names[label]!).join(', ') || 'none',
    baseline(targets) {
      const counts = names.map((_, label) => targets.filter((labels) => labels.includes(label)).length);
      const half = [...counts.keys()].filter((label) => counts[label]! >= targets.length / 2);
      const labels = half.length > 0 ? half : [counts.indexOf(Math.max(...counts))];
      return { name: 'most frequent labels', predict: () => labels };
    },
  };
}

import { AdapterFusionError, type TaskKind, type TaskMetric, type TextExample } from '@adapterfusion/contracts';
import { optionalText, textField } from '@adapterfusion/data';
import { computeMetrics } from '@adapterfusion/metrics';
import type { RegressionTaskOptions } from './plugin.js';

/** The answer to a text. */
export interface RegressionAnswer {
  /** The number as text. */
  readonly label: string;
  /** Empty: a number has no probabilities. */
  readonly scores: { readonly [label: string]: number };
  /** In the unit of the training rows. */
  readonly value: number;
}

export function createKind({ min, max }: RegressionTaskOptions): TaskKind<TextExample, number, RegressionAnswer> {
  return {
    labels: [],
    defaultHead: '@adapterfusion/head-regression#regression',
    metrics: ['pearson', 'spearman'].map((name): TaskMetric<number, number> => ({
      name,
      better: 'higher',
      compute: (predictions, targets) => computeMetrics([name], predictions, targets)[name]!,
    })),

    parse(fields, at) {
      const pair = optionalText(fields, 'pair', at);
      const { label } = fields;
      return {
        text: textField(fields, 'text', at),
        ...(pair === undefined ? {} : { pair }),
        ...(label === undefined || label === null ? {} : { label: numberOf(label, at) }),
        at,
      };
    },
    target: ({ label }) => label,
    texts: ({ text, pair }) => (pair === undefined ? [text] : [text, pair]),
    encode: ({ text, pair, label }, tokenizer, options) => [
      { group: [tokenizer.encode(text, pair, options)], ...(label === undefined ? {} : { target: label }) },
    ],
    collate: (targets) => ({ numbers: { data: Float32Array.from(targets), shape: [targets.length] } }),
    stratum: () => undefined,

    decode([output]) {
      const value = output!.values[0]!;
      return { label: String(value), scores: {}, value };
    },
    prediction: ({ value }) => value,
    error: ({ value }, target) => (value - target) ** 2,
    describe: String,
    baseline(targets) {
      const mean = targets.reduce((sum, target) => sum + target, 0) / targets.length;
      return { name: 'mean of the training rows', predict: () => mean };
    },
  };

  function numberOf(value: unknown, at: string): number {
    const number = typeof value === 'string' && value.trim() === '' ? NaN : Number(value);
    if (Number.isFinite(number) && number >= (min ?? -Infinity) && number <= (max ?? Infinity)) return number;
    throw new AdapterFusionError('DATA_INVALID', {
      at,
      expected: `a number${min !== null && max !== null ? ` from ${min} to ${max}` : ''} as label`,
      got: JSON.stringify(value),
      fix: 'Correct the row, or remove it.',
    });
  }
}

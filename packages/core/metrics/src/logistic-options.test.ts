import { hash32 } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import { logisticRegressionCV } from './logistic-regression-cv.js';
import type { LogisticRegressionOptions } from './logistic-options.js';
import { logisticRegression, type LogisticRegression } from './logistic-regression.js';
import type { SparseRows } from './sparse-rows.js';

const noise = (...key: number[]): number => hash32(...key) / 2 ** 31 - 1;

function example(rows: number, width: number, classes: number) {
  const labels = Array.from({ length: rows }, (_, row) => row % classes);
  const features = Float64Array.from({ length: rows * width }, (_, at) => {
    const [row, i] = [Math.floor(at / width), at % width];
    return (noise(1, row, i) > 0.4 ? 0 : noise(2, row, i)) + 0.5 * noise(3, labels[row]!, i) + 0.3;
  });
  return { features, labels, width, classes };
}

function sparse(features: Float64Array, width: number): SparseRows {
  const rows = features.length / width;
  return {
    width,
    offsets: Uint32Array.from({ length: rows + 1 }, (_, row) => row * width),
    indices: Uint32Array.from(features, (_, at) => at % width),
    values: features,
  };
}

/** The gradient of Σ weight · loss + l2/2 · ‖weights − prior‖² by each weight and bias. */
function gradient(
  { features, labels, width, classes }: ReturnType<typeof example>,
  model: LogisticRegression,
  { l2 = 1, prior, rowWeights }: LogisticRegressionOptions,
): number[] {
  const outputs = model.bias.length;
  const p = model.probabilities(features);
  const error = (row: number, output: number): number => {
    const k = output + classes - outputs;
    return (rowWeights?.[row] ?? 1) * (p[row * classes + k]! - Number(labels[row] === k));
  };
  const sum = (of: (row: number) => number): number => labels.reduce((total, _, row) => total + of(row), 0);
  const weights = [...model.weights].map((weight, at) => {
    const [output, i] = [Math.floor(at / width), at % width];
    return sum((row) => error(row, output) * features[row * width + i]!) + l2 * (weight - (prior?.weights[at] ?? 0));
  });
  const bias = [...model.bias].map(
    (value, output) => sum((row) => error(row, output)) + (prior?.bias ? l2 * (value - prior.bias[output]!) : 0),
  );
  return [...weights, ...bias];
}

const shapes = [
  { rows: 12, width: 20, classes: 2 },
  { rows: 40, width: 7, classes: 4 },
];

describe.each(shapes)(
  'the minimum on $rows rows of $width features in $classes classes',
  ({ rows, width, classes }) => {
    const given = example(rows, width, classes);
    const outputs = classes === 2 ? 1 : classes;
    const weights = Float64Array.from({ length: outputs * width }, (_, at) => 2 * noise(4, at));
    const bias = Float64Array.from({ length: outputs }, (_, at) => noise(5, at));
    const shared = { width, classes, scaling: 'none' } as const;

    it.each([
      { name: 'without a prior', options: { ...shared, l2: 0.3 } },
      { name: 'with weights to pull towards', options: { ...shared, l2: 3, prior: { weights } } },
      { name: 'with weights and bias to pull towards', options: { ...shared, l2: 3, prior: { weights, bias } } },
      { name: 'with row weights', options: { ...shared, rowWeights: given.labels.map((_, row) => 0.2 + (row % 3)) } },
    ])('$name has a gradient of 0, dense and sparse', ({ options }) => {
      for (const features of [given.features, sparse(given.features, width)]) {
        const model = logisticRegression(features, given.labels, options);
        const dense = logisticRegression(given.features, given.labels, { ...options, start: model, iterations: 0 });
        expect(Math.max(...gradient(given, dense, options).map(Math.abs))).toBeLessThan(1e-5);
      }
    });

    it('is the prior under a very strong penalty, and does not depend on the start', () => {
      const prior = { weights, bias };
      const held = logisticRegression(given.features, given.labels, { ...shared, l2: 1e9, prior });
      held.weights.forEach((value, at) => expect(value).toBeCloseTo(weights[at]!, 6));
      held.bias.forEach((value, at) => expect(value).toBeCloseTo(bias[at]!, 6));
      const plain = logisticRegression(given.features, given.labels, shared);
      const started = logisticRegression(given.features, given.labels, { ...shared, start: { weights, bias } });
      started.weights.forEach((value, at) => expect(value).toBeCloseTo(plain.weights[at]!, 5));
    });
  },
);

describe('logisticRegression', () => {
  it('gives a class without rows no probability, unless a prior knows it', () => {
    const { features, width } = example(20, 3, 2);
    const labels = Array.from({ length: 20 }, (_, row) => 2 * (row % 2));
    const options = { width, classes: 3, scaling: 'unit' } as const;
    expect(logisticRegression(features, labels, options).probabilities(features)[1]).toBe(0);
    const prior = { weights: new Float64Array(9), bias: Float64Array.of(0, 1, 0) };
    expect(logisticRegression(features, labels, { ...options, prior }).probabilities(features)[1]).toBeGreaterThan(
      0.01,
    );
  });

  it('refuses options that do not fit', () => {
    const { features, labels, width } = example(6, 2, 2);
    const fit = (options: Partial<LogisticRegressionOptions>) => () =>
      logisticRegression(features, labels, { width, classes: 2, ...options });
    expect(fit({ rowWeights: [1] })).toThrow('a weight of at least 0');
    expect(fit({ rowWeights: [0, 0, 0, 0, 0, 0] })).toThrow('above 0');
    expect(fit({ prior: { weights: new Float64Array(3) } })).toThrow('a prior of 1 × 2');
    expect(fit({ start: { weights: new Float64Array(3), bias: new Float64Array(1) } })).toThrow('to start from');
    expect(fit({ scaling: 'norm' as never })).toThrow('scaling must be');
    expect(() => logisticRegression(sparse(features, 2), labels, { classes: 2, scaling: 'standardise' })).toThrow(
      'cannot be standardised',
    );
    expect(() => logisticRegression(sparse(features, 2), labels, { classes: 2, width: 3 })).toThrow('rows of 2');
  });
});

describe('logisticRegressionCV', () => {
  const { features, labels, width, classes } = example(60, 10, 3);
  const options = { width, classes, scaling: 'unit' } as const;
  const best = logisticRegressionCV(features, labels, options);

  it('takes by default 10⁻² to 10⁴, of which it leaves out those after two that do worse, and three repeats of five folds, and is deterministic', () => {
    expect(best.path.map(({ c }) => c)).toEqual([0.01, 0.1, 1, 10, 100, 1000]);
    const same = { ...options, folds: { folds: 5, repeats: 3, seed: 0 } };
    expect(logisticRegressionCV(features, labels, same).path).toEqual(best.path);
    expect(logisticRegressionCV(features, labels, { ...options, folds: { seed: 1 } }).path).not.toEqual(best.path);
    expect(best.c).toBe(best.path.reduce((a, b) => (b.logLoss < a.logLoss ? b : a)).c);
  });

  it('takes the smallest C within one standard error when told to', () => {
    const { logLoss, standardError } = best.path.find(({ c }) => c === best.c)!;
    const within = best.path.find((each) => each.logLoss <= logLoss + standardError)!;
    const { c } = logisticRegressionCV(features, labels, { ...options, rule: 'one-standard-error' });
    expect(within.c).toBeLessThan(best.c);
    expect(c).toBe(within.c);
  });

  it('takes the smaller C of equals', () => {
    const zeros = new Float64Array(features.length);
    expect(logisticRegressionCV(zeros, labels, options).c).toBe(0.01);
  });

  it('has no probabilities of the only row of a class', () => {
    const few = labels.map((label, row) => (row === 5 ? 2 : label % 2));
    const { outOfFold } = logisticRegressionCV(features, few, options);
    expect([...outOfFold.keys()].filter((at) => Number.isNaN(outOfFold[at]))).toEqual([15, 16, 17]);
  });

  it('refuses folds and values of C that are none', () => {
    const fit = (more: object) => () => logisticRegressionCV(features, labels, { ...options, ...more });
    expect(fit({ grid: [] })).toThrow('C above 0');
    expect(fit({ grid: [0] })).toThrow('C above 0');
    expect(fit({ folds: [] })).toThrow('rows to train on');
  });
});

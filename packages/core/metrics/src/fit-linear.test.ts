import { describe, expect, it } from 'vitest';
import { fitLinear } from './fit-linear.js';
import { logLoss } from './log-loss.js';

const WIDTH = 16;

/** Rows around a centre of their class, of any length. */
function clusters(classes: number, rows: number, length: number): { features: Float32Array; labels: number[] } {
  const labels = Array.from({ length: rows }, (_, row) => row % classes);
  const features = Float32Array.from({ length: rows * WIDTH }, (_, at) => {
    const [row, column] = [Math.floor(at / WIDTH), at % WIDTH];
    return length * ((column === labels[row]! ? 1 : 0) + 0.8 * Math.sin(1.3 * row + 2.1 * column * row));
  });
  return { features, labels };
}

describe.each([2, 4])('a classifier of %d classes', (classes) => {
  it('is fitted equally well to features of any length', () => {
    const [short, long] = [clusters(classes, 40, 0.01), clusters(classes, 40, 100)];
    const fits = [short, long].map(({ features, labels }) =>
      fitLinear(features, labels, { width: WIDTH, classes, seed: 1 }),
    );
    expect(fits[0]!.c).toBe(fits[1]!.c);
    expect(fits[0]!.logLoss).toBeCloseTo(fits[1]!.logLoss!, 2);
  });

  it('is pulled towards a prior by the penalty', () => {
    const { features, labels } = clusters(classes, 40, 3);
    const common = { width: WIDTH, classes, seed: 1 };
    const good = fitLinear(features, labels, common);
    const few = [features.subarray(0, 8 * WIDTH), labels.slice(0, 8)] as const;
    const pulled = fitLinear(...few, { ...common, prior: { weights: good.weights, bias: good.bias } });
    const alone = fitLinear(...few, common);
    const loss = (fit: typeof good): number => logLoss(fit.probabilities(features), labels, classes);
    expect(loss(pulled)).toBeLessThan(loss(alone) / 2);
  });

  it('is not pulled towards a prior that misleads', () => {
    const { features, labels } = clusters(classes, 40, 3);
    const common = { width: WIDTH, classes, seed: 1 };
    const wrong = fitLinear(
      features,
      labels.map((label) => (label + 1) % classes),
      common,
    );
    const strong = (values: Float64Array): Float64Array => values.map((value) => 20 * value);
    const prior = { weights: strong(wrong.weights), bias: strong(wrong.bias) };
    const plain = fitLinear(features, labels, common);
    expect(fitLinear(features, labels, { ...common, prior }).weights).toEqual(plain.weights);
  });
});

it('rows that cannot be divided are fitted without a choice of C', () => {
  const features = Float32Array.from({ length: 2 * WIDTH }, (_, at) => Math.sin(at));
  const fit = fitLinear(features, [0, 1], { width: WIDTH, classes: 2, seed: 1 });
  expect([fit.c, fit.logLoss]).toEqual([1, undefined]);
  expect(fit.probabilities(features)[0]).toBeGreaterThan(0.5);
});

it('a class without rows leaves the weights finite', () => {
  const { features, labels } = clusters(2, 20, 1);
  const fit = fitLinear(features, labels, { width: WIDTH, classes: 3, seed: 1 });
  expect([...fit.weights, ...fit.bias].every((value) => Math.abs(value) < 1e4)).toBe(true);
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { minimise } from './lbfgs.js';
import { logisticRegression } from './logistic-regression.js';

interface Fit {
  kind: string;
  width: number;
  classes: number;
  train: number[];
  labels: number[];
  test: number[];
  weights: number[];
  bias: number[];
  predictions: number[];
  probabilities: number[];
}
const file = readFileSync(new URL('../fixtures/expected.json', import.meta.url), 'utf8');
const { regression } = JSON.parse(file) as { regression: Fit[] };

function difference(got: ArrayLike<number>, want: readonly number[]): number {
  expect(got).toHaveLength(want.length);
  return want.reduce((most, value, index) => Math.max(most, Math.abs(value - got[index]!)), 0);
}

describe.each(regression)('scikit-learn, $classes classes, $kind', (given) => {
  const { width, classes, labels } = given;
  const model = logisticRegression(Float32Array.from(given.train), labels, { width, classes });

  it('has the same weights, predictions and probabilities', () => {
    expect(difference(model.weights, given.weights)).toBeLessThan(1e-5);
    expect(difference(model.bias, given.bias)).toBeLessThan(1e-5);
    expect(model.predict(Float32Array.from(given.test))).toEqual(given.predictions);
    expect(difference(model.probabilities(Float32Array.from(given.test)), given.probabilities)).toBeLessThan(1e-6);
  });

  it('is the same again, and depends on the penalty', () => {
    const again = logisticRegression(Float32Array.from(given.train), labels, { width, classes });
    expect(again.weights).toEqual(model.weights);
    const strong = logisticRegression(Float32Array.from(given.train), labels, { width, classes, l2: 100 });
    expect(Math.hypot(...strong.weights)).toBeLessThan(0.8 * Math.hypot(...model.weights));
  });
});

describe('logisticRegression', () => {
  it('learns from one class and from classes without rows', () => {
    const features = Float32Array.from([1, 2, 3]);
    expect(logisticRegression(features, [1, 1, 1], { width: 1, classes: 2 }).predict(features)).toEqual([1, 1, 1]);
    expect(logisticRegression(features, [0, 3, 3], { width: 1, classes: 5 }).predict(features)).toEqual([0, 3, 3]);
  });

  it('refuses sizes that do not fit', () => {
    const fit = (labels: number[]) => () => logisticRegression(new Float32Array(4), labels, { width: 2, classes: 2 });
    expect(fit([0])).toThrow(TypeError);
    expect(fit([])).toThrow(TypeError);
    expect(fit([0, 2])).toThrow(TypeError);
  });
});

it('L-BFGS finds the minimum of a badly scaled bowl', () => {
  const scales = [1, 1000, 0.01];
  const { point, steps } = minimise(
    (x, gradient) => {
      scales.forEach((scale, i) => (gradient[i] = scale * (x[i]! - i)));
      return scales.reduce((sum, scale, i) => sum + (scale / 2) * (x[i]! - i) ** 2, 0);
    },
    Float64Array.from([5, -3, 7]),
    { iterations: 200, tolerance: 1e-10 },
  );
  expect(difference(point, [0, 1, 2])).toBeLessThan(1e-7);
  expect(steps).toBeLessThan(60);
});

import { hash32 } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import { fitRidge } from './fit-ridge.js';

const noise = (...key: number[]): number => hash32(...key) / 2 ** 31 - 1;

/** Numbers that are linear in the features but for noise. */
function example(rows: number, width: number, off: number) {
  const features = Float32Array.from({ length: rows * width }, (_, at) => 3 * noise(1, at) + 2);
  const numbers = Array.from({ length: rows }, (_, row) => {
    const linear = [...features.subarray(row * width, (row + 1) * width)].reduce(
      (sum, value, i) => sum + noise(2, i) * value,
      5,
    );
    return linear + off * noise(3, row);
  });
  return { features, numbers };
}

const predicted = (fit: ReturnType<typeof fitRidge>, features: Float32Array, row: number): number =>
  fit.weights.reduce((sum, weight, i) => sum + weight * features[row * fit.weights.length + i]!, fit.bias);

describe.each([
  { rows: 12, width: 20 },
  { rows: 60, width: 7 },
])('$rows rows of $width features', ({ rows, width }) => {
  const { features, numbers } = example(rows, width, 1);

  it.each([undefined, numbers.map((_, row) => 0.5 + (row % 3))])(
    'have the minimum of the penalised error',
    (rowWeights) => {
      const fit = fitRidge(features, numbers, { width, seed: 1, ...(rowWeights ? { rowWeights } : {}) });
      let norm = 0;
      for (let row = 0; row < rows; row++)
        norm += Math.hypot(...features.subarray(row * width, (row + 1) * width)) / rows;
      const errors = numbers.map((number, row) => (rowWeights?.[row] ?? 1) * (predicted(fit, features, row) - number));
      expect(errors.reduce((sum, error) => sum + error, 0)).toBeCloseTo(0, 6);
      // Of features over their norm: the weights are larger by it.
      fit.weights.forEach((weight, i) => {
        const pull = errors.reduce((sum, error, row) => sum + (error * features[row * width + i]!) / norm, 0);
        expect(pull + (weight * norm) / fit.c).toBeCloseTo(0, 5);
      });
    },
  );
});

it('chooses the strength of the penalty by rows that it has not seen', () => {
  const clear = example(60, 7, 0.01);
  const noisy = example(60, 7, 100);
  const [sure, unsure] = [clear, noisy].map(({ features, numbers }) =>
    fitRidge(features, numbers, { width: 7, seed: 1 }),
  );
  expect(sure!.c).toBeGreaterThan(100);
  expect(unsure!.c).toBeLessThan(1);
  const numbers = noisy.numbers;
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const variance = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0) / numbers.length;
  expect(unsure!.squaredError! / variance).toBeGreaterThan(0.9);
  expect(sure!.squaredError!).toBeLessThan(0.01);
  expect(unsure!.standardError!).toBeGreaterThan(0);
});

it('is the same whatever the length of the features', () => {
  const { features, numbers } = example(40, 7, 1);
  const [one, two] = [1, 1000].map((by) =>
    fitRidge(
      features.map((value) => by * value),
      numbers,
      { width: 7, seed: 1 },
    ),
  );
  expect(two!.c).toBe(one!.c);
  expect(two!.squaredError!).toBeCloseTo(one!.squaredError!, 4);
});

it('of one row is its number, and equal rows have their mean', () => {
  expect(fitRidge(Float32Array.of(1, 2), [3], { width: 2, seed: 1 })).toMatchObject({ c: 1, bias: 3 });
  const { weights, bias } = fitRidge(Float32Array.of(1, 1, 1), [3, 4, 8], { width: 1, seed: 1 });
  expect([...weights, bias]).toEqual([0, expect.closeTo(5, 9)]);
});

it('refuses sizes that do not fit', () => {
  expect(() => fitRidge(Float32Array.of(1, 2), [3, 4], { width: 2, seed: 1 })).toThrow('2 numbers do not fit 1 rows');
});

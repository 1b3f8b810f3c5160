import { expect, it } from 'vitest';
import { balancedWeights } from './class-weights.js';

it('weighs classes by the inverse of their frequency, as scikit-learn’s "balanced"', () => {
  expect(balancedWeights([0, 0, 0, 1], 2)).toEqual([4 / 6, 2]);
});

it('leaves a class without rows at 1 and out of the count', () => {
  expect(balancedWeights([0, 0, 0, 2], 3)).toEqual([4 / 6, 1, 2]);
});

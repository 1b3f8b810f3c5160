import { expect, it } from 'vitest';
import type { Comparison } from './compare.js';
import { report } from './report.js';

const run = (seed: number, points: number, lossDifference50: number): Comparison => ({
  ...{ kind: 'question-answering', seed, backend: 'native', versions: {}, trainRows: 1000, validationRows: 500 },
  ...{ steps: 189, lossDifference50, lossDifference: 2e-5, lastLosses: { own: 1, reference: 1 } },
  ...{ metric: 'f1', own: 0.5 + points / 100, reference: 0.5, points, sameAnswers: 0.998 },
  seconds: { own: 1, reference: 1 },
});

it('shows every run, and of each kind the largest difference of losses and the mean difference of the metric', () => {
  const lines = report([run(0, 0.2, 1e-6), run(1, -0.5, 3e-6)]).split('\n');
  expect(lines).toContain('| question-answering | 1 | 189 | 3.0e-6 | 2.0e-5 | f1 | 49.50 | 50.00 | -0.50 | 99.8 % |');
  expect(lines.at(-1)).toBe('| question-answering | 2 | 3.0e-6 | -0.15 |');
});

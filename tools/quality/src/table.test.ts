import { expect, it } from 'vitest';
import type { Result } from './results.js';
import { markdown } from './table.js';

const result = (task: string, strategy: string, seed: number, metrics: Result['metrics']): Result => ({
  ...{ task, strategy, seed, metrics, encoder: '' },
  options: { settings: { epochs: 3, learningRate: 3e-4 } },
  rows: { train: 67349, measured: 872 },
  trainable: 2900000,
  stored: 2900000,
  seconds: 10 + seed,
});

it('is mean ± sample deviation over the seeds, one row for each metric', () => {
  const results = [
    result('sst2', 'full', 0, { accuracy: 0.8 }),
    result('sst2', 'st-a', 0, { accuracy: 0.7 }),
    result('mrpc', 'full', 0, { accuracy: 0.71, f1: 0.81 }),
    result('sst2', 'full', 1, { accuracy: 0.81 }),
    result('sst2', 'full', 2, { accuracy: 0.85 }),
  ];
  // Deviations from 0.82 are 0.02, 0.01 and 0.03: the root of 0.0014 / 2 is 0.02646.
  expect(markdown(results)).toBe(`| % | full | st-a |
| --- | --: | --: |
| sst2, accuracy | 82.0 ± 2.6 | 70.0 |
| mrpc, accuracy | 71.0 |  |
| mrpc, f1 | 81.0 |  |

| run | seeds | rows trained on / measured | epochs | learning rate | trained | seconds |
| --- | --: | --: | --: | --: | --: | --: |
| sst2, full | 0 1 2 | 67,349 / 872 | 3 | 0.0003 | 2,900,000 | 11 |
| sst2, st-a | 0 | 67,349 / 872 | 3 | 0.0003 | 2,900,000 | 10 |
| mrpc, full | 0 | 67,349 / 872 | 3 | 0.0003 | 2,900,000 | 10 |
`);
});

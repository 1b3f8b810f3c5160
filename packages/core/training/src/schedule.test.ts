import { describe, expect, it } from 'vitest';
import { scheduleFactor } from './schedule.js';

/**
 * `get_last_lr()` before each step of `get_linear_schedule_with_warmup`, `get_cosine_schedule_with_warmup` and
 * `get_constant_schedule_with_warmup` of transformers 4.57.6 over `torch.optim.SGD` of torch 2.15.0 with a rate of 1.
 */
const REFERENCE = {
  linear: {
    '10 steps, 3 of warm-up': [
      0, 0.3333333333333333, 0.6666666666666666, 1, 0.8571428571428571, 0.7142857142857143, 0.5714285714285714,
      0.42857142857142855, 0.2857142857142857, 0.14285714285714285,
    ],
    '4 steps, 4 of warm-up': [0, 0.25, 0.5, 0.75],
    '1 step, 0 of warm-up': [1],
  },
  cosine: {
    '10 steps, 3 of warm-up': [
      0, 0.3333333333333333, 0.6666666666666666, 1, 0.9504844339512095, 0.8117449009293668, 0.6112604669781572,
      0.38873953302184283, 0.18825509907063326, 0.04951556604879048,
    ],
    '7 steps, 0 of warm-up': [
      1, 0.9504844339512095, 0.8117449009293668, 0.6112604669781572, 0.38873953302184283, 0.18825509907063326,
      0.04951556604879048,
    ],
    '4 steps, 4 of warm-up': [0, 0.25, 0.5, 0.75],
    '1 step, 0 of warm-up': [1],
  },
  constant: { '6 steps, 3 of warm-up': [0, 0.3333333333333333, 0.6666666666666666, 1, 1, 1] },
} as const;

describe.each(['linear', 'cosine', 'constant'] as const)('the %s schedule', (schedule) => {
  it.each(Object.entries(REFERENCE[schedule]))('is that of transformers over %s', (name, rates: readonly number[]) => {
    const [steps, warm] = name.match(/\d+/g)!.map(Number) as [number, number];
    const settings = { schedule, warmup: warm / steps };
    rates.forEach((rate, step) => expect(scheduleFactor(settings, step, steps)).toBeCloseTo(rate, 12));
  });
});

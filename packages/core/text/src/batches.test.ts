import { describe, expect, it } from 'vitest';
import { planBatches, evaluationBatches, type BatchPlan } from './batches.js';
import { hash32 } from '@adapterfusion/contracts';
import { seededOrder } from './order.js';

const lengths = Array.from({ length: 1000 }, (_, index) => 5 + (hash32(index) % 60));
const plan = (change: Partial<BatchPlan>): BatchPlan => ({
  batchSize: 16,
  seed: 7,
  epoch: 0,
  batching: 'shuffle',
  ...change,
});
const all = lengths.map((_, index) => index);
const padded = (batches: number[][]) =>
  batches.reduce((sum, batch) => sum + batch.length * Math.max(...batch.map((row) => lengths[row]!)), 0);

describe('seededOrder', () => {
  it('has not changed', () => {
    expect(seededOrder(8, 42, 0, 0)).toEqual([0, 6, 1, 4, 3, 7, 2, 5]);
  });

  it('every position is equally likely for every row', () => {
    const counts = new Array<number>(36).fill(0);
    for (let seed = 0; seed < 6000; seed++)
      seededOrder(6, seed, 0, 0).forEach((row, place) => counts[row * 6 + place]!++);
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(50); // 25 degrees of freedom: 0.2 % of fair shuffles exceed 50
  });

  it('uses the seed beyond 32 bits', () => {
    expect(seededOrder(50, 2 ** 32 + 1, 0, 0)).not.toEqual(seededOrder(50, 1, 0, 0));
  });
});

describe.each(['shuffle', 'length'] as const)('planBatches by %s', (batching) => {
  it('has every row once, in batches of the size', () => {
    const batches = planBatches(lengths, plan({ batching }));
    expect(batches.flat().sort((a, b) => a - b)).toEqual(all);
    expect(batches.map((batch) => batch.length).sort((a, b) => a - b)).toEqual([8, ...new Array<number>(62).fill(16)]);
  });

  it('is a function of seed and epoch', () => {
    const first = planBatches(lengths, plan({ batching }));
    expect(planBatches(lengths, plan({ batching }))).toEqual(first);
    expect(planBatches(lengths, plan({ batching, epoch: 1 }))).not.toEqual(first);
    expect(planBatches(lengths, plan({ batching, seed: 8 }))).not.toEqual(first);
  });

  it('takes no rows and fewer rows than a batch', () => {
    expect(planBatches([], plan({ batching }))).toEqual([]);
    expect(planBatches([3], plan({ batching }))).toEqual([[0]]);
  });
});

describe('planBatches', () => {
  it('by length pads little and does not go from short to long', () => {
    const tokens = lengths.reduce((sum, length) => sum + length, 0);
    const batches = planBatches(lengths, plan({ batching: 'length' }));
    expect(padded(batches) / tokens).toBeLessThan(1.05);
    expect(padded(planBatches(lengths, plan({}))) / tokens).toBeGreaterThan(1.5);
    const means = batches.map((batch) => batch.reduce((sum, row) => sum + lengths[row]!, 0) / batch.length);
    expect(means).not.toEqual([...means].sort((a, b) => a - b));
  });

  it('refuses a batch of nothing', () => {
    expect(() => planBatches(lengths, plan({ batchSize: 0 }))).toThrow(TypeError);
  });
});

describe('evaluationBatches', () => {
  it('goes from long to short and keeps the order of equals', () => {
    expect(evaluationBatches([3, 9, 3, 5, 9], 2)).toEqual([[1, 4], [3, 0], [2]]);
    expect(evaluationBatches([3, 9, 3, 5, 9], 2, true)).toEqual([[0, 1], [2, 3], [4]]);
  });
});

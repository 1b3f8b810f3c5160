import { describe, expect, it } from 'vitest';
import { planBatches } from '@adapterfusion/text';
import { createPlan, drawTask } from './plan.js';
import { resolveSettings } from './settings.js';

const settings = resolveSettings({ epochs: 6, batchSize: 4, seed: 5 });
const lengths = (count: number): number[] => Array.from({ length: count }, (_, row) => 3 + ((row * 7) % 5));
const small = { name: 'small', lengths: lengths(10) };
const large = { name: 'large', lengths: lengths(90) };

describe('one task', () => {
  it('reads its batches epoch by epoch, as they are planned', () => {
    const plan = createPlan([small], settings);
    expect(plan).toMatchObject({ stepsPerEpoch: 3, steps: 18 });
    for (let step = 0; step < 18; step++) {
      const epoch = Math.floor(step / 3);
      const batches = planBatches(small.lengths, { batchSize: 4, seed: 5, epoch, batching: 'length' });
      expect(plan.at(step)).toEqual({ task: 0, microBatches: [batches[step % 3]] });
    }
  });
});

describe('several tasks', () => {
  it('every epoch has as many steps as one pass over all has; a step is a batch of one task', () => {
    const plan = createPlan([small, large], settings);
    expect(plan).toMatchObject({ stepsPerEpoch: 3 + 23, steps: 6 * 26 });
    for (let step = 0; step < plan.steps; step++) {
      const { task, microBatches } = plan.at(step);
      expect(Math.max(...microBatches.flat())).toBeLessThan([10, 90][task]!);
    }
  });

  it('each goes through its rows, each once an epoch of its own, whatever is learned beside it', () => {
    const rowsOf = (plan: ReturnType<typeof createPlan>, index: number): number[] =>
      Array.from({ length: plan.steps }, (_, step) => plan.at(step)).flatMap(({ task, microBatches }) =>
        task === index ? microBatches.flat() : [],
      );
    const of = rowsOf(createPlan([small, large], settings), 1);
    expect(of.slice(0, 90).sort((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, row) => row));
    const other = rowsOf(createPlan([large, { name: 'other', lengths: lengths(400) }], settings), 0);
    const shared = Math.min(of.length, other.length);
    expect(of.slice(0, shared)).toEqual(rowsOf(createPlan([small, large], settings), 1).slice(0, shared));
    expect(other.slice(0, shared)).toEqual(of.slice(0, shared));
    expect(rowsOf(createPlan([small, { ...small, name: 'twin' }], settings), 0).slice(0, 10)).not.toEqual(
      rowsOf(createPlan([small, { ...small, name: 'twin' }], settings), 1).slice(0, 10),
    );
  });

  it('can be asked for any step in any order', () => {
    const forwards = createPlan([small, large], settings);
    const all = Array.from({ length: forwards.steps }, (_, step) => forwards.at(step));
    const backwards = createPlan([small, large], settings);
    for (let step = backwards.steps - 1; step >= 0; step--) expect(backwards.at(step)).toEqual(all[step]);
  });

  it('are drawn with the shares of the epoch, or with those of their rows', () => {
    const many = { ...settings, epochs: 200 };
    const shareOfSmall = (plan: ReturnType<typeof createPlan>, epochs: readonly number[]): number => {
      const steps = epochs.flatMap((epoch) =>
        Array.from({ length: plan.stepsPerEpoch }, (_, at) => plan.at((epoch - 1) * plan.stepsPerEpoch + at).task),
      );
      return steps.filter((task) => task === 0).length / steps.length;
    };
    const odd = Array.from({ length: 100 }, (_, index) => 2 * index + 1);
    const even = odd.map((epoch) => epoch + 1);
    const given = createPlan([small, large], many, (epoch) => (epoch % 2 === 1 ? [3, 1] : [1, 3]));
    // 2,600 draws: the deviation of a share is below 0.01.
    expect(Math.abs(shareOfSmall(given, odd) - 0.75)).toBeLessThan(0.03);
    expect(Math.abs(shareOfSmall(given, even) - 0.25)).toBeLessThan(0.03);
    expect(Math.abs(shareOfSmall(createPlan([small, large], many), [...odd, ...even]) - 0.1)).toBeLessThan(0.02);
    expect(
      shareOfSmall(
        createPlan([small, large], many, () => [0, 1]),
        odd,
      ),
    ).toBe(0);
  });

  it('the words of the draw are cut exactly at the shares', () => {
    const quarter = 2 ** 30;
    const at = [0, quarter - 1, quarter, 3 * quarter - 1, 3 * quarter, 2 ** 32 - 1];
    expect(at.map((word) => drawTask([1, 2, 1], word))).toEqual([0, 0, 1, 1, 2, 2]);
    expect([0, 2 ** 32 - 1].map((word) => drawTask([0, 0.1, 0], word))).toEqual([1, 1]);
  });
});

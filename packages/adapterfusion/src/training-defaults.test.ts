import { describe, expect, it } from 'vitest';
import { createRegistry } from './builtin-plugins.js';
import { trainingDefaults } from './training-defaults.js';

const registry = createRegistry();
const defaults = (trainer: string, method: string, rows: number, width = 128) =>
  trainingDefaults({ method, rows, width }, registry.configure('trainer', trainer));
const steps = (trainer: string, method: string, rows: number): number =>
  defaults(trainer, method, rows).epochs! * Math.ceil(rows / 16);

describe('defaults of training', () => {
  it('give few rows many epochs, and many rows many steps', () => {
    for (const [trainer, method, few] of [
      ['st-a', 'seq_bn', 80],
      ['fusion', 'scaling', 24],
      ['fusion', 'attention', 24],
    ] as const) {
      for (const rows of [3, 16, 64]) expect(steps(trainer, method, rows), `${method}, ${rows}`).toBe(few);
      expect(steps(trainer, method, 256)).toBeGreaterThan(2 * few);
      expect(steps(trainer, method, 2500)).toBeGreaterThan(10 * few);
      expect(defaults(trainer, method, 1_000_000).epochs).toBe(2);
    }
  });

  it('lower the rate of a wider encoder, but for scaling, whose numbers do not depend on the width', () => {
    expect(defaults('st-a', 'seq_bn', 64).learningRate).toBe(3e-3);
    expect(defaults('st-a', 'seq_bn', 64, 768).learningRate).toBeCloseTo(5e-4, 9);
    expect(defaults('st-a', 'seq_bn', 64, 64).learningRate).toBe(3e-3);
    expect(defaults('fusion', 'attention', 64, 384).learningRate).toBeCloseTo(1e-3 / 3, 9);
    expect(defaults('fusion', 'scaling', 64, 768).learningRate).toBe(3e-3);
  });

  it('keep the best epoch, and stop early, where enough rows are held out', () => {
    const given = (heldOut: number, trainer = 'st-a') =>
      trainingDefaults({ method: 'seq_bn', rows: 64, width: 128, heldOut }, registry.configure('trainer', trainer));
    expect(given(128)).toMatchObject({ keep: 'best', patience: 7, epochs: 20 });
    expect(given(127)).not.toHaveProperty('keep');
    expect(given(1000, 'full')).not.toHaveProperty('keep');
  });

  it('weigh unequal classes equally', () => {
    const given = (unequal: boolean, trainer = 'fusion') =>
      trainingDefaults({ method: 'scaling', rows: 64, width: 128, unequal }, registry.configure('trainer', trainer));
    expect(given(true)).toMatchObject({ classWeights: 'balanced' });
    expect(given(false)).not.toHaveProperty('classWeights');
    expect(given(true, 'multi-task')).not.toHaveProperty('classWeights');
  });

  it('of other trainers are their own, with at least 100 steps; all of them where the rows are not known yet', () => {
    expect(defaults('full', 'full', 32)).toMatchObject({ learningRate: 3e-5, epochs: 50 });
    expect(defaults('full', 'full', 16_000)).toMatchObject({ learningRate: 3e-5, epochs: 4 });
    expect(defaults('st-a', 'seq_bn', 0)).toEqual(registry.configure('trainer', 'st-a').create({}).defaults);
  });
});

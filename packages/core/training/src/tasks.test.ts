import { beforeAll, describe, expect, it } from 'vitest';
import type { LoopSettings, TrainEvent } from '@adapterfusion/contracts';
import {
  add,
  currentBackend,
  fill,
  gradients,
  mul,
  openBackend,
  parameter,
  read,
  setTrainable,
  sum,
  tensor,
  tensorCount,
} from '@adapterfusion/tensor';
import { labelKind } from '../fixtures/label-kind.js';
import { createPlan } from './plan.js';
import { scheduleFactor } from './schedule.js';
import { resolveSettings, trainLoop, type LoopTask, type TrainableModel, type TrainingRow } from './index.js';

beforeAll(() => openBackend('cpu'));

const INITIAL: Readonly<Record<string, readonly number[]>> = {
  'heads/a/w': [0.5, -0.25],
  'heads/b/w': [1, 2],
  shared: [-1, 0.75],
};

/** The gradient that a step gives a parameter. */
const slope = (path: string, step: number): number[] =>
  [0, 1].map((at) => Math.sin(path.length * (at + 2) + 1.7 * step));

/** A model whose loss is the sum of the products of what a task reaches with the slopes of the step. */
function slopes(): TrainableModel & { dispose(): void } {
  let asked = 0;
  const held = new Map(
    Object.entries(INITIAL).map(([path, values]) => [path, parameter(Float32Array.from(values), [2])]),
  );
  return {
    parameters: {
      get: (path) => held.get(path)!,
      trainable: () => held,
      setTrainable: () => held.forEach((value) => setTrainable(value, true)),
    },
    lossAndGradients(_, __, { train, head }) {
      const reached = new Map([...held].filter(([path]) => path === 'shared' || path === `heads/${head}/w`));
      const found = gradients(() => {
        let loss = fill([], 0);
        for (const [path, value] of reached)
          loss = add(loss, sum(mul(value, tensor(slope(path, train.key.step), [2]))));
        return loss;
      }, reached);
      return { loss: found.value, gradients: found.gradients };
    },
    penaltyGradients: () => undefined,
    // The first head always says x; the second y, but x in its second validation, of two batches as each.
    logits: ({ shape }, { head }) => {
      const x = head === 'a' || Math.ceil(++asked / 2) === 2;
      return tensor(Array.from({ length: shape[0] }, () => (x ? [1, 0] : [0, 1])).flat(), [shape[0], 2]);
    },
    dispose: () => held.forEach((value) => value.dispose()),
  };
}

const rows = (count: number) =>
  Array.from({ length: count }, (_, row) => ({ group: [{ ids: [1 + (row % 3)], types: [0] }], target: row % 2 }));
const entered: string[] = [];
const tasks: (LoopTask & { readonly rows: readonly TrainingRow[] })[] = [
  { head: 'a', rows: rows(9), validation: rows(4), metrics: ['accuracy', 'macro-f1'], kind: labelKind(['x', 'y']) },
  {
    head: 'b',
    rows: rows(20),
    validation: rows(3),
    metrics: ['accuracy'],
    kind: labelKind(['x', 'y']),
    enter: () => entered.push('b'),
  },
];
const given: Partial<LoopSettings> = {
  epochs: 3,
  batchSize: 2,
  accumulate: 2,
  learningRate: 0.05,
  weightDecay: 0.02,
  clip: 0.9,
  seed: 4,
};
const settings = resolveSettings(given);

async function run(changes: object = {}) {
  const model = slopes();
  const events: TrainEvent[] = [];
  const phase = { name: 'tasks', trains: () => true, settings };
  for await (const event of trainLoop({ model, tasks, phase, backend: currentBackend(), ...changes }))
    events.push(event);
  const values = new Map<string, Float32Array>();
  for (const path of Object.keys(INITIAL)) values.set(path, await read(model.parameters.get(path)));
  model.dispose();
  return { events, values };
}

/** The same in float64: AdamW that leaves a parameter without gradient alone, moments and count included, as PyTorch does. */
function reference(): Map<string, number[]> {
  const plan = createPlan(
    tasks.map(({ head, rows: all }) => ({ name: head, lengths: all.map(() => 1) })),
    settings,
  );
  const state = new Map(
    Object.entries(INITIAL).map(([path, values]) => [path, values.map((value) => ({ value, m: 0, v: 0, count: 0 }))]),
  );
  for (let step = 0; step < plan.steps; step++) {
    const head = tasks[plan.at(step).task]!.head;
    const reached = [...state.keys()].filter((path) => path === 'shared' || path === `heads/${head}/w`);
    const norm = Math.sqrt(
      reached.flatMap((path) => slope(path, step)).reduce((total, each) => total + each * each, 0),
    );
    const factor = Math.min(1, 0.9 / (norm + 1e-6));
    const rate = 0.05 * scheduleFactor(settings, step, plan.steps);
    for (const path of reached)
      slope(path, step).forEach((raw, at) => {
        const own = state.get(path)![at]!;
        const gradient = raw * factor;
        own.count++;
        own.m = 0.9 * own.m + 0.1 * gradient;
        own.v = 0.999 * own.v + 0.001 * gradient * gradient;
        const root = Math.sqrt(own.v / (1 - 0.999 ** own.count)) + 1e-8;
        own.value = own.value * (1 - rate * 0.02) - (rate * own.m) / (1 - 0.9 ** own.count) / root;
      });
  }
  return new Map([...state].map(([path, values]) => [path, values.map(({ value }) => value)]));
}

describe('several tasks', () => {
  it('every step updates what its task reaches and nothing else, to the numbers of a float64 AdamW', async () => {
    const before = tensorCount();
    const { values, events } = await run();
    expect(tensorCount()).toBe(before);
    for (const [path, wanted] of reference())
      wanted.forEach((value, at) => expect(Math.abs(values.get(path)![at]! - value), path).toBeLessThan(2e-6));
    const steps = events.flatMap((event) => (event.type === 'step' ? [event] : []));
    expect(new Set(steps.map(({ tensors }) => tensors)).size).toBe(1);
    const learned = new Set(steps.map(({ task }) => task));
    expect([...learned].sort()).toEqual(['a', 'b']);
    expect(entered.length).toBe(steps.filter(({ task }) => task === 'b').length + 3);
    expect(events[0]).toMatchObject({ type: 'start', steps: 3 * (3 + 5), rows: 29, trainable: 6 });
  });

  it('a validation has the metrics of each, and first their mean', async () => {
    const { events } = await run();
    const found = events.flatMap((event) => (event.type === 'evaluation' ? [event.metrics] : []));
    expect(found).toHaveLength(3);
    const expected = { 'a/accuracy': 0.5, 'b/accuracy': 1 / 3 };
    expect(found[0]).toMatchObject(expected);
    expect(Object.keys(found[0]!)).toEqual(['mean', 'a/accuracy', 'a/macro-f1', 'b/accuracy']);
    expect(found[0]!['mean']).toBeCloseTo((0.5 + 1 / 3) / 2, 12);
    expect(events.at(-1)).toMatchObject({ type: 'done', metrics: expected });
  });

  it('the best epoch is the one with the best mean', async () => {
    const { events } = await run();
    const best = events.flatMap((event) => (event.type === 'evaluation' ? [event.best] : []));
    expect(best).toEqual([true, true, false]);
    const stopped = await run({ phase: { name: 'tasks', trains: () => true, settings: { ...settings, patience: 1 } } });
    expect(stopped.events.at(-1)).toMatchObject({ stoppedEarly: false, epochs: 3 });
  });

  it('a phase of one task of several is one of that task alone', async () => {
    const alone = await run({ tasks: [tasks[1]] });
    expect(alone.events.find(({ type }) => type === 'evaluation')).toMatchObject({ metrics: { accuracy: 1 / 3 } });
    expect(alone.events.find(({ type }) => type === 'step')).not.toHaveProperty('task');
    expect([...alone.values.get('heads/a/w')!]).toEqual(INITIAL['heads/a/w']);
  });

  it('the task without rows is named', async () => {
    await expect(run({ tasks: [tasks[0], { ...tasks[1], rows: [] }] })).rejects.toThrow(/tasks, b: expected rows/);
  });
});

describe('what a step leaves out', () => {
  it('reaches the model, step by step', async () => {
    const seen: unknown[] = [];
    const watched = (model: TrainableModel): TrainableModel => ({
      ...model,
      lossAndGradients: (batch, targets, options) => {
        seen.push([options.skip, options.mask]);
        return model.lossAndGradients(batch, targets, options);
      },
    });
    const exclusions = (step: number) => ({ skip: step % 2 === 0 ? [0] : [], mask: [`m${step}`] });
    const model = slopes();
    const phase = {
      name: 'tasks',
      trains: () => true,
      settings: { ...settings, epochs: 1, accumulate: 1 },
      exclusions,
    };
    for await (const event of trainLoop({
      model: watched(model),
      tasks: [tasks[0]!],
      phase,
      backend: currentBackend(),
    }))
      void event;
    expect(seen).toEqual([0, 1, 2, 3, 4].map((step) => [exclusions(step).skip, exclusions(step).mask]));
    model.dispose();
  });
});

import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import type { Tensor, TrainEvent } from '@adapterfusion/contracts';
import {
  currentBackend,
  gradients,
  mul,
  openBackend,
  add,
  fill,
  parameter,
  read,
  setTrainable,
  sum,
  tensor,
} from '@adapterfusion/tensor';
import { labelKind } from '../fixtures/label-kind.js';
import { resolveSettings, trainLoop, type TrainableModel } from './index.js';

/** See fixtures/make.py. */
interface Fixture {
  shapes: Record<string, number[]>;
  settings: { steps: number; warmup: number; learningRate: number; weightDecay: number; clip: number };
  initial: Record<string, number[]>;
  steps: {
    gradients: Record<string, number[]>;
    learningRate: number;
    norm: number;
    after: Record<string, number[]>;
  }[];
}
const fixture = JSON.parse(readFileSync(new URL('../fixtures/adamw.json', import.meta.url), 'utf8')) as Fixture;

/** A model whose loss is the product of its parameters with the coefficients of the step, which are its gradients. */
function linearModel(): TrainableModel & { parameters: { trainable(): ReadonlyMap<string, Tensor> } } {
  const held = new Map(
    Object.entries(fixture.initial).map(([path, values]) => [
      path,
      parameter(Float32Array.from(values), fixture.shapes[path]),
    ]),
  );
  return {
    parameters: {
      get: (path) => held.get(path)!,
      trainable: () => held,
      setTrainable: () => held.forEach((value) => setTrainable(value, true)),
    },
    lossAndGradients(_, __, { train }) {
      const found = gradients(() => {
        let loss = fill([], 0);
        for (const [path, value] of held)
          loss = add(loss, sum(mul(value, tensor(fixture.steps[train.key.step]!.gradients[path]!, value.shape))));
        return loss;
      }, held);
      return { loss: found.value, gradients: found.gradients };
    },
    penaltyGradients: () => undefined,
    logits: () => fill([1, 2], 0),
  };
}

beforeAll(() => openBackend('cpu'));

it('AdamW, schedule and clipping give the numbers of PyTorch and transformers', async () => {
  const { steps, ...given } = fixture.settings;
  const model = linearModel();
  const settings = resolveSettings({ ...given, epochs: steps / 2, batchSize: 1 });
  const rows = [0, 1].map((label) => ({ group: [{ ids: [1], types: [0] }], target: label }));
  const phase = { name: 'torch', trains: () => true, settings };
  const tasks = [{ head: 'h', rows, metrics: [], kind: labelKind(['a', 'b']) }];
  const options = { model, tasks, phase, backend: currentBackend() };
  let count = 0;
  for await (const event of trainLoop(options)) {
    if (event.type !== 'step') continue;
    const expected = fixture.steps[count++]!;
    expect(event.step).toBe(count);
    expect(event.learningRate).toBeCloseTo(expected.learningRate, 12);
    expect(Math.abs(event.gradientNorm / expected.norm - 1)).toBeLessThan(1e-6);
    for (const [path, values] of Object.entries(expected.after)) {
      const got = await read(model.parameters.get(path));
      values.forEach((value, index) =>
        expect(Math.abs(got[index]! - value), `${path}[${index}] after step ${count}`).toBeLessThan(1e-6),
      );
    }
  }
  expect(count).toBe(steps);
});

it('the fixture has steps that are clipped, steps that are not, warm-up and a rate of 0 at its start', () => {
  const { steps, settings } = fixture;
  expect(steps.some(({ norm }) => norm > settings.clip)).toBe(true);
  expect(steps.some(({ norm }) => norm < settings.clip)).toBe(true);
  expect(steps[0]!.learningRate).toBe(0);
  expect(Math.max(...steps.map(({ learningRate }) => learningRate))).toBe(settings.learningRate);
});

it('counts down to a single step without dividing by nothing', async () => {
  const events: TrainEvent[] = [];
  const phase = { name: 'one', trains: () => true, settings: resolveSettings({ epochs: 1, warmup: 1, batchSize: 4 }) };
  const rows = [{ group: [{ ids: [1], types: [0] }], target: 0 }];
  const model = linearModel();
  const tasks = [{ head: 'h', rows, metrics: [], kind: labelKind(['a', 'b']) }];
  const options = { model, tasks, phase, backend: currentBackend() };
  for await (const event of trainLoop(options)) events.push(event);
  expect(events.find((event) => event.type === 'step')).toMatchObject({ learningRate: 0, step: 1, steps: 1 });
});

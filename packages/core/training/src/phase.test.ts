import { beforeAll, describe, expect, it } from 'vitest';
import type { LossBatch, Phase, TrainEvent } from '@adapterfusion/contracts';
import { hash32 } from '@adapterfusion/contracts';
import { mean, mul, openBackend, square, sub, sum, tensor, tensorCount } from '@adapterfusion/tensor';
import { memoryFiles } from '../fixtures/memory-files.js';
import { tinyModel, tinyRows, type TinyModel } from '../fixtures/tiny-model.js';
import { FULL, tinyOptions, tinyRun, type Changes } from '../fixtures/tiny-run.js';
import { checkpointStore, trainLoop } from './index.js';

beforeAll(() => openBackend('cpu'));

const code = (code: string, message = /./): Error =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

/** A run that is left after each step and resumed ends with the values and the checkpoints of one left alone. */
async function resumes(changes: Changes): Promise<void> {
  const alone = memoryFiles();
  const whole = await tinyRun({ ...changes, checkpoint: checkpointStore(alone, 'run') });
  const files = memoryFiles();
  const store = checkpointStore(files, 'run');
  let events: TrainEvent[] = [];
  let values: Record<string, Float32Array> = {};
  for (let runs = 0; events.at(-1)?.type !== 'done' && runs < 40; runs++) {
    let steps = 0;
    // Left after two steps, of which the second was not saved.
    ({ events, values } = await tinyRun(
      { ...changes, checkpoint: store },
      ({ type }) => type === 'step' && ++steps === 2,
    ));
  }
  expect(values).toEqual(whole.values);
  expect(Object.fromEntries(files.contents)).toEqual(Object.fromEntries(alone.contents));
}

/** Places of the rows of each micro-batch of a run, and its values at the end. */
async function placesOf(changes: Changes): Promise<number[][]> {
  const model = tinyModel();
  const places: number[][] = [];
  const watched: TinyModel = {
    ...model,
    lossAndGradients(batch, targets, options) {
      places.push([...options.rows!]);
      return model.lossAndGradients(batch, targets, options);
    },
  };
  for await (const event of trainLoop(tinyOptions(watched, changes))) void event;
  model.dispose();
  return places;
}

const SOME = [20, 3, 7, 1, 11, 15, 24, 9, 0, 18];

describe('optimizer and schedule', () => {
  it.each([
    { optimizer: 'sgd', momentum: 0.9, schedule: 'cosine' },
    { optimizer: 'sgd', momentum: 0, schedule: 'constant' },
    { optimizer: 'adamw', schedule: 'cosine' },
  ] as const)('a run with %j resumes with the same bytes, and differs from the default', async (changes) => {
    const settings = { ...FULL, ...changes };
    await resumes({ settings });
    expect((await tinyRun({ settings })).values).not.toEqual((await tinyRun()).values);
  });

  it.each([{ optimizer: 'sgd' }, { optimizer: 'sgd', momentum: 0.5 }, { schedule: 'cosine' }] as const)(
    'a checkpoint is refused by a run with %j',
    async (changes) => {
      const checkpoint = checkpointStore(memoryFiles(), 'run');
      await tinyRun({ checkpoint }, ({ type }) => type === 'checkpoint');
      const run = tinyRun({ checkpoint, settings: { ...FULL, ...changes } });
      await expect(run).rejects.toThrow(
        code('RESUME_REFUSED', new RegExp(`settings\\.${Object.keys(changes).at(-1)}`)),
      );
    },
  );

  it('a phase may bring a schedule of its own', async () => {
    const phase: Partial<Phase> = { schedule: (step, steps) => (step % 2 === 0 ? 1 : step / steps) };
    const { events } = await tinyRun({ phase, settings: { ...FULL, patience: 0, keep: 'last' } });
    const rates = events.flatMap((event) => (event.type === 'step' ? [event.learningRate] : []));
    expect(rates).toHaveLength(24);
    rates.forEach((rate, step) => expect(rate).toBeCloseTo(0.05 * (step % 2 === 0 ? 1 : step / 24), 12));
    await resumes({ phase });
  });
});

describe('parameter groups', () => {
  const groups: Phase['groups'] = ({ kind }) => (kind === 'head' ? undefined : { learningRate: 0 });

  it('scale the learning rate of their parameters', async () => {
    const model = tinyModel();
    const before = await model.values();
    model.dispose();
    const { values } = await tinyRun({ phase: { groups } });
    expect(values['embeddings/table']).toEqual(before['embeddings/table']);
    expect(values['heads/task/weight']).not.toEqual(before['heads/task/weight']);
    expect((await tinyRun({ phase: { groups: () => ({ learningRate: 1, weightDecay: 0.01 }) } })).values).toEqual(
      (await tinyRun()).values,
    );
  });

  it('belong to the run: a checkpoint of others is refused, one of the same is resumed', async () => {
    await resumes({ phase: { groups: ({ kind }) => ({ learningRate: kind === 'head' ? 1 : 0.3 }) } });
    const checkpoint = checkpointStore(memoryFiles(), 'run');
    await tinyRun({ checkpoint, phase: { groups } }, ({ type }) => type === 'checkpoint');
    await expect(tinyRun({ checkpoint })).rejects.toThrow(code('RESUME_REFUSED', /parameter groups/));
    const others = tinyRun({ checkpoint, phase: { groups: () => ({ weightDecay: 0.5 }) } });
    await expect(others).rejects.toThrow(code('RESUME_REFUSED', /parameter groups/));
  });

  it('refuse numbers that are none', async () => {
    const run = tinyRun({ phase: { groups: () => ({ learningRate: -1 }) } });
    await expect(run).rejects.toThrow(code('PLUGIN_FAILED', /tiny\.groups, embeddings\/table.*-1/));
  });
});

describe('rows of a phase', () => {
  it('are trained on as if there were no others, class weights included', async () => {
    const all = tinyRows(26);
    const run = await tinyRun({ phase: { rows: { task: SOME } } });
    const alone = await tinyRun({ rows: SOME.map((place) => all[place]!) });
    expect(run.values).toEqual(alone.values);
    expect(run.events[0]).toMatchObject({ type: 'start', rows: 10 });
  });

  it('keep the places that they have among all', async () => {
    const places = await placesOf({ phase: { rows: { task: SOME } }, settings: { epochs: 2, batchSize: 4 } });
    const sorted = [...SOME].sort((a, b) => a - b);
    for (const epoch of [places.slice(0, 3), places.slice(3)])
      expect(epoch.flat().sort((a, b) => a - b)).toEqual(sorted);
  });

  it('may be resumed, and belong to the run', async () => {
    await resumes({ phase: { rows: { task: SOME } } });
    const checkpoint = checkpointStore(memoryFiles(), 'run');
    await tinyRun({ checkpoint, phase: { rows: { task: SOME } } }, ({ type }) => type === 'checkpoint');
    const others = tinyRun({ checkpoint, phase: { rows: { task: SOME.slice(1) } } });
    await expect(others).rejects.toThrow(code('RESUME_REFUSED', /places/));
  });

  it('go with the cache of activations', async () => {
    const settings = { ...FULL, activationCache: 1 };
    const trains: Phase['trains'] = ({ kind }) => kind === 'head';
    const run = await tinyRun({ settings, phase: { trains, rows: { task: SOME } } });
    const without = await tinyRun({ settings: FULL, phase: { trains, rows: { task: SOME } } });
    expect(run.events[0]).toMatchObject({ activationCache: { layers: 1, rows: 10 } });
    expect(run.values).toEqual(without.values);
  });

  it.each([
    [[0, 26], 'PLUGIN_FAILED', /tiny\.rows: expected places from 0 to 25; got 26/],
    [[1, 1], 'PLUGIN_FAILED', /once each/],
    [[], 'DATA_INVALID', /rows to train on/],
  ])('%j is refused', async (places, wanted, message) => {
    await expect(tinyRun({ phase: { rows: { task: places } } })).rejects.toThrow(code(wanted, message));
  });

  it('of another task are refused', async () => {
    const run = tinyRun({ phase: { rows: { tasks: [0] } } });
    await expect(run).rejects.toThrow(code('PLUGIN_FAILED', /names of tasks of the phase; got tasks/));
  });
});

describe('batches of a phase', () => {
  /** Pairs of neighbours, two pairs a batch, in an order drawn from the epoch. */
  const pairs = (epoch: number): number[][] => {
    const order = Array.from({ length: 12 }, (_, pair) => pair);
    order.sort((a, b) => hash32(epoch, a) - hash32(epoch, b));
    return [0, 2, 4, 6, 8, 10].map((at) => order.slice(at, at + 2).flatMap((pair) => [2 * pair, 2 * pair + 1]));
  };

  it('are those that a step reads, in their order', async () => {
    const changes: Changes = { phase: { batches: pairs }, settings: { epochs: 3, accumulate: 2, batchSize: 99 } };
    expect(await placesOf(changes)).toEqual([...pairs(1), ...pairs(2), ...pairs(3)]);
    const { events } = await tinyRun(changes);
    expect(events[0]).toMatchObject({ type: 'start', steps: 9 });
  });

  it('may be resumed, may name a row twice, and belong to the run', async () => {
    await resumes({ phase: { batches: (epoch) => pairs(epoch).map((batch) => [...batch, batch[0]!]) } });
    const checkpoint = checkpointStore(memoryFiles(), 'run');
    await tinyRun({ checkpoint, phase: { batches: pairs } }, ({ type }) => type === 'checkpoint');
    const others = tinyRun({ checkpoint, phase: { batches: (epoch) => pairs(epoch + 1) } });
    await expect(others).rejects.toThrow(code('RESUME_REFUSED', /batches/));
  });

  it.each<[string, Phase['batches'], RegExp]>([
    ['none', () => [], /at least one/],
    ['an empty one', () => [[0], []], /places from 0 to 25; got NaN/],
    ['a place without a row', () => [[0, 26]], /got 26/],
    ['another number in a later epoch', (epoch) => pairs(1).slice(0, epoch === 1 ? 6 : 5), /5 after 6/],
  ])('%s: refused', async (_, batches, message) => {
    await expect(tinyRun({ phase: { batches: batches! } })).rejects.toThrow(code('PLUGIN_FAILED', message));
  });

  it('stay within the rows of the phase', async () => {
    const run = tinyRun({ phase: { batches: () => [[0], [1, 2]], rows: { task: [0, 1] } } });
    await expect(run).rejects.toThrow(code('PLUGIN_FAILED', /among the rows of the phase; got 2/));
  });

  it('are refused for a task that is trained on in parts', async () => {
    const model = tinyModel();
    const options = tinyOptions(model, { phase: { batches: pairs } });
    const [task] = options.tasks;
    const parts = [
      [0, 1, 2],
      [3, 4],
    ].map((places) => ({ ...task!, places }));
    await expect(trainLoop({ ...options, tasks: parts }).next()).rejects.toThrow(code('UNSUPPORTED', /one part/));
    model.dispose();
  });
});

describe('the loss of a phase', () => {
  it('may be the head’s: the same bits', async () => {
    const { values } = await tinyRun({ phase: { loss: (batch) => batch.headLoss() } });
    expect(values).toEqual((await tinyRun()).values);
  });

  it('is given what it is a function of, may pull towards a teacher, and resumes', async () => {
    const seen: Pick<LossBatch, 'rows' | 'task' | 'step' | 'targets' | 'weights'>[] = [];
    const teacher = tinyRows(26).map(({ target }) => [0, 1, 2].map((label) => (label === target ? 2 : -1)));
    const loss: Phase['loss'] = ({ outputs, features, ...rest }) => {
      seen.push(rest);
      expect(features.shape).toEqual([rest.rows.length, 6]);
      const wanted = tensor(
        rest.rows.flatMap((row) => teacher[row]!),
        outputs.shape,
      );
      return mean(square(sub(outputs, wanted)));
    };
    const before = tensorCount();
    const run = await tinyRun({ phase: { loss } });
    expect(tensorCount()).toBe(before);
    expect(run.values).not.toEqual((await tinyRun()).values);
    const losses = run.events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
    const [first, second, third] = seen;
    expect([first!.step, second!.step, third!.step]).toEqual([0, 0, 1]);
    expect(first!.task).toBe('task');
    const rows = tinyRows(26);
    expect([...first!.targets['labels']!.data]).toEqual(first!.rows.map((row) => rows[row]!.target));
    expect(first!.weights!.class).toHaveLength(3);
    await resumes({ phase: { loss } });
  });

  it('may read features, with rows that belong together', async () => {
    const loss: Phase['loss'] = ({ features }) => mul(sum(square(features)), 0.1);
    const { events } = await tinyRun({ phase: { loss, trains: ({ kind }) => kind === 'encoder' } });
    const losses = events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });

  it('belongs to the run', async () => {
    const checkpoint = checkpointStore(memoryFiles(), 'run');
    await tinyRun({ checkpoint }, ({ type }) => type === 'checkpoint');
    const run = tinyRun({ checkpoint, phase: { loss: (batch) => batch.headLoss() } });
    await expect(run).rejects.toThrow(code('RESUME_REFUSED', /loss = none; got|loss = of the trainer/));
  });
});

describe('the metric of a phase', () => {
  it('decides about the best epoch, and is measured where the task is not measured by it', async () => {
    const metrics = ['accuracy'];
    const { events } = await tinyRun({ metrics, phase: { metric: 'macro-f1' } });
    const found = events.flatMap((event) => (event.type === 'evaluation' ? [event] : []));
    expect(Object.keys(found[0]!.metrics)).toEqual(['macro-f1', 'accuracy']);
    let best = -Infinity;
    for (const { metrics: measured, best: isBest } of found) {
      expect(isBest).toBe(measured['macro-f1']! > best);
      best = Math.max(best, measured['macro-f1']!);
    }
    await resumes({ phase: { metric: 'macro-f1' } });
  });

  it('is refused where the kind lacks it, before anything is trained', async () => {
    await expect(tinyRun({ phase: { metric: 'f2' } })).rejects.toThrow(
      code('OPTIONS_INVALID', /tiny\.metric: expected a metric of the task task: accuracy, macro-f1; got "f2"/),
    );
  });
});

it('code between two steps sees the loss of the first before the second begins', async () => {
  const order: string[] = [];
  const phase: Partial<Phase> = {
    loss(batch) {
      order.push(`loss ${batch.step}`);
      return batch.headLoss();
    },
  };
  const settings = { epochs: 1, batchSize: 13 };
  await tinyRun({ settings, phase }, (event) => {
    if (event.type === 'step') order.push(`after ${event.step}: ${Number.isFinite(event.loss)}`);
    return false;
  });
  expect(order).toEqual(['loss 0', 'after 1: true', 'loss 1', 'after 2: true']);
});

import { definePlugin, parseOptions, type Phase, type Trainer } from '@adapterfusion/contracts';
import { openBackend, sum, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRegistry, train, type RunEvent } from './index.js';
import { tinyTask } from './memory.spec.js';
import { contrastive, crossDistil, identity, layerDecay } from './third-party-trainers.spec.js';

const files = tinyTask();
const registry = createRegistry().use(layerDecay).use(crossDistil).use(contrastive);
const common = {
  ...{ files, registry, backend: 'wasm' as const, model: 'encoder', data: 'rows.tsv', name: 'x' },
  ...{ head: { pooling: 'mean' }, adapter: 'seq_bn[reduction_factor=4]' },
  settings: { epochs: 2, batchSize: 8, checkpointEvery: 1 },
};

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}
const weights = (folder: string): string => [...files.held.get(`${folder}/weights.safetensors`)!].join();

beforeAll(() => openBackend('wasm'));

type Run = (options: { out: string; signal?: AbortSignal }) => AsyncIterable<RunEvent>;

/** Leaves a run after a step of a phase; started again it ends with the bytes of one left alone. @returns its events */
async function resumes(run: Run, name: string, phase: string, step: number): Promise<RunEvent[]> {
  const before = tensorCount();
  const whole = await all(run({ out: `${name}-whole` }));
  expect(tensorCount()).toBe(before);
  const controller = new AbortController();
  const out = `${name}-stopped`;
  for await (const event of run({ out, signal: controller.signal }))
    if (event.type === 'step' && event.phase === phase && event.step === step) controller.abort();
  expect(files.held.has(`${out}/weights.safetensors`)).toBe(false);
  const rest = await all(run({ out }));
  const starts = rest.flatMap((event) => (event.type === 'start' ? [event] : []));
  for (const start of starts) {
    const before = starts.indexOf(start) < starts.findIndex((each) => each.phase === phase);
    expect(start.resumedAt).toBe(before ? start.steps : start.phase === phase ? step : 0);
  }
  expect(weights(out)).toBe(weights(`${name}-whole`));
  expect(tensorCount()).toBe(before);
  return whole;
}

const phasesOf = (events: readonly RunEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'start' ? [`${event.phase}: ${event.rows}`] : []));

describe('layer-wise learning-rate decay with a cosine schedule', () => {
  const run =
    (strategy: string): Run =>
    ({ out, signal }) => {
      const { adapter: _, ...rest } = common;
      return train({ ...rest, strategy, out, ...(signal ? { signal } : {}) });
    };

  it('resumes; the rates follow the cosine, and the decay counts', async () => {
    const events = await resumes(run('layer-decay'), 'decay', 'layer-decay', 5);
    const steps = events.flatMap((event) => (event.type === 'step' ? [event] : []));
    for (const { step, steps: count, learningRate } of steps) {
      const warm = Math.floor(0.06 * count);
      const risen = (step - 1 - warm) / (count - warm);
      if (step > warm) expect(learningRate).toBeCloseTo(1e-3 * 0.5 * (1 + Math.cos(Math.PI * risen)), 12);
    }
    await all(run('layer-decay[decay=0.4]')({ out: 'other' }));
    expect(weights('other')).not.toBe(weights('decay-whole'));
  });

  it('does not resume a run with another decay', async () => {
    const controller = new AbortController();
    for await (const event of run('layer-decay')({ out: 'changed', signal: controller.signal }))
      if (event.type === 'step' && event.step === 2) controller.abort();
    const other = all(run('layer-decay[decay=0.4]')({ out: 'changed' }));
    await expect(other).rejects.toMatchObject({
      code: 'RESUME_REFUSED',
      message: expect.stringContaining('parameter groups'),
    });
  });
});

describe('cross-fitted self-distillation', () => {
  const run: Run = (options) => train({ ...common, strategy: 'cross-distil[folds=3]', ...options });

  it.each([
    ['the second fold', 'fold-1', 3],
    ['the student', 'student', 2],
  ] as const)('resumes in %s', async (_, phase, step) => {
    const events = await resumes(run, `distil-${phase}`, phase, step);
    const [first, second, third, student] = phasesOf(events);
    expect([first, second, third].map((each) => each!.split(':')[0])).toEqual(['fold-0', 'fold-1', 'fold-2']);
    const rows = [first, second, third].map((each) => Number(each!.split(' ')[1]));
    const total = Number(student!.split(' ')[1]);
    expect(rows.reduce((whole, each) => whole + each, 0)).toBe(2 * total);
  });
});

describe('contrastive learning of pairs', () => {
  const run: Run = (options) => train({ ...common, strategy: 'contrastive', ...options });

  it('resumes, and brings rows of a label together', async () => {
    const events = await resumes(run, 'contrast', 'contrast', 7);
    const steps = events.flatMap((event) => (event.type === 'step' && event.phase === 'contrast' ? [event] : []));
    expect(steps.map(({ rows }) => rows)).toEqual(new Array<number>(12).fill(4));
  });
});

/** A trainer of adapter and head. */
const trainerOf = (id: string, run: Trainer['run']) =>
  definePlugin<'trainer', Record<string, never>>({
    kind: 'trainer',
    id,
    ...identity,
    supports: { resume: true, trains: ['adapter'] },
    options: (input) => parseOptions({}, input, id),
    create: (): Trainer => ({ defaults: {}, run }),
  });
const run = (id: string, run: Trainer['run']): Promise<RunEvent[]> =>
  all(train({ ...common, registry: createRegistry().use(trainerOf(id, run)), strategy: id, out: id }));
const trains: Phase['trains'] = ({ kind }) => kind !== 'encoder';

it('a trainer may measure between two steps: the result is the same', async () => {
  for (const id of ['silent', 'watching'])
    await run(id, async function* (ctx) {
      for await (const event of ctx.loop({ name: 'p', trains, settings: ctx.settings })) {
        if (id === 'watching' && event.type === 'step') {
          const outputs = await ctx.outputs([3, 0]);
          expect(outputs.map(({ shape }) => shape.join())).toEqual(['1,2', '1,2']);
          expect(outputs[1]).toEqual((await ctx.outputs())[0]);
          expect(outputs[0]).toEqual((await ctx.outputs())[3]);
          expect(Object.keys(await ctx.evaluate())).toEqual(['accuracy', 'macro-f1']);
        }
        yield event;
      }
    });
  expect(weights('watching')).toBe(weights('silent'));
});

it('a snapshot gives parameters their values again, as often as it is asked to', async () => {
  const events = await run('again', async function* (ctx) {
    const restart = await ctx.snapshot(trains);
    for (const name of ['a', 'b', 'c']) {
      yield* ctx.loop({ name, trains, settings: ctx.settings });
      if (name !== 'c') restart();
    }
  });
  const losses = (phase: string) =>
    events.flatMap((event) => (event.type === 'step' && event.phase === phase ? [event.loss] : []));
  expect(new Set(losses('a')).size).toBeGreaterThan(1);
  expect(losses('b')).toEqual(losses('a'));
  expect(losses('c')).toEqual(losses('a'));
});

describe('what a trainer must not do', () => {
  it.each<[string, Partial<Phase>[], RegExp]>([
    ['two-phases-of-one-name', [{}, {}], /names of their own/],
    ['a-loss-of-rows', [{ loss: ({ outputs }) => sum(outputs, 1) }], /p\.loss.*shape \[\].*shape \[8\]/],
  ])('%s: PLUGIN_FAILED', async (id, phases, message) => {
    const refused = run(id, async function* ({ loop, settings }) {
      for (const phase of phases) yield* loop({ name: 'p', trains, settings, ...phase });
    });
    await expect(refused).rejects.toMatchObject({
      code: 'PLUGIN_FAILED',
      message: expect.stringMatching(message) as string,
    });
  });

  it('ask for outputs of places that are no rows: PLUGIN_FAILED', async () => {
    // eslint-disable-next-line require-yield -- it is refused before it has anything to tell
    const refused = run('no-rows', async function* (ctx) {
      await ctx.outputs([0, 4000]);
    });
    await expect(refused).rejects.toMatchObject({ code: 'PLUGIN_FAILED' });
  });
});

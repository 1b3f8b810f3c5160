import { beforeAll, describe, expect, it } from 'vitest';
import type { LoopSettings, TrainEvent, ParameterReference } from '@adapterfusion/contracts';
import { mul, openBackend, scope, tensorCount } from '@adapterfusion/tensor';
import { memoryFiles } from '../fixtures/memory-files.js';
import { tinyModel, tinyRows } from '../fixtures/tiny-model.js';
import { FULL, tinyOptions, type Changes } from '../fixtures/tiny-run.js';
import { checkpointStore, trainLoop, type StoredRows, type TrainableModel } from './index.js';

beforeAll(() => openBackend('cpu'));

const SETTINGS: Partial<LoopSettings> = { ...FULL, epochs: 3, patience: 0, keep: 'last', activationCache: 1 };
/** 26 rows in batches of at most four. */
const BATCHES = [4, 4, 4, 4, 4, 4, 2];

/** A run of everything but the embeddings. @param shifting whether what the frozen layers give for a row depends on its batch */
async function run(changes: Changes & { until?: number; shifting?: boolean } = {}) {
  const { until, shifting = false, settings = SETTINGS, ...more } = changes;
  const model = tinyModel();
  const events: TrainEvent[] = [];
  const activations: TrainableModel['activations'] = (batch, head) =>
    scope(() => mul(model.activations!(batch, head), 1 + batch.ids.reduce((total, id) => total + id, 0) / 1000));
  const options = tinyOptions(shifting ? { ...model, activations } : model, { ...more, settings });
  try {
    const trains = ({ kind }: ParameterReference): boolean => kind !== 'encoder';
    for await (const event of trainLoop({ ...options, phase: { ...options.phase, trains } })) {
      events.push(event);
      if (event.type === 'checkpoint' && event.step === until) break;
    }
    return { start: events[0]!, values: await model.values(), runs: model.frozenRuns };
  } finally {
    model.dispose();
  }
}

const sorted = (counts: readonly number[]): number[] => [...counts].sort((a, b) => b - a);

describe('a cache of activations', () => {
  it('runs it once for every row, and the result is the same', async () => {
    const before = tensorCount();
    const [kept, live] = [await run(), await run({ settings: { ...SETTINGS, activationCache: 0 } })];
    expect(kept.values).toEqual(live.values);
    expect(sorted(kept.runs)).toEqual(BATCHES);
    expect(live.runs).toEqual([]);
    expect(kept.start).toMatchObject({ type: 'start', activationCache: { layers: 1, rows: 26 } });
    expect(live.start).not.toHaveProperty('activationCache');
    expect(tensorCount()).toBe(before);
  });

  it("runs under the task's composition", async () => {
    const model = tinyModel();
    const seen: unknown[] = [];
    const activations: TrainableModel['activations'] = (batch, options) => {
      seen.push(options.composition);
      return model.activations!(batch, options);
    };
    const { tasks, phase, ...rest } = tinyOptions({ ...model, activations }, { settings: { ...SETTINGS, epochs: 1 } });
    const trains = ({ kind }: ParameterReference): boolean => kind !== 'encoder';
    const composed = tasks.map((task) => ({ ...task, composition: 'another' }));
    for await (const event of trainLoop({ ...rest, tasks: composed, phase: { ...phase, trains } })) void event;
    model.dispose();
    expect(new Set(seen)).toEqual(new Set(['another']));
  });

  it('keeps rows as far as its memory goes', async () => {
    // 12 rows or so of six numbers for each of 3 to 9 tokens.
    const part = await run({ settings: { ...SETTINGS, activationCache: (12 * 6 * 6 * 4) / 2 ** 20 } });
    expect(part.values).toEqual((await run()).values);
    const { rows } = (part.start as Extract<TrainEvent, { type: 'start' }>).activationCache!;
    expect(rows).toBeGreaterThan(6);
    expect(rows).toBeLessThan(20);
    expect(part.runs.length).toBeGreaterThan(BATCHES.length);
    expect(part.runs.length).toBeLessThan(3 * BATCHES.length);
  });

  it('is made again, of the batches of the first epoch, when a run goes on', async () => {
    const shifting = true;
    const whole = await run({ shifting, checkpoint: checkpointStore(memoryFiles(), 'run') });
    expect(whole.values).not.toEqual((await run()).values);
    const files = memoryFiles();
    await run({ shifting, checkpoint: checkpointStore(files, 'run'), until: 5 });
    const rest = await run({ shifting, checkpoint: checkpointStore(files, 'run') });
    expect(rest.start).toMatchObject({ resumedAt: 5 });
    expect(rest.values).toEqual(whole.values);
    expect(sorted(rest.runs)).toEqual(BATCHES);
  });

  it('reads stored rows', async () => {
    const all = tinyRows(26);
    const stored: StoredRows = {
      length: all.length,
      lengths: all.map(({ group: [input] }) => input!.ids.length),
      targets: all.map(({ target }) => target),
      identity: 'rows',
      read: (indices) => Promise.resolve(indices.map((index) => all[index]!)),
    };
    expect((await run({ rows: stored })).values).toEqual((await run()).values);
  });
});

describe('is refused', () => {
  const refusal = (got: RegExp): Error =>
    expect.objectContaining({ code: 'OPTIONS_INVALID', message: expect.stringMatching(got) as string }) as Error;
  const refused = async (change: (options: ReturnType<typeof tinyOptions>) => ReturnType<typeof tinyOptions>) => {
    const model = tinyModel();
    try {
      const events = trainLoop(change(tinyOptions(model, { settings: SETTINGS })));
      await events.next();
      expect(model.frozenRuns).toEqual([]);
    } finally {
      model.dispose();
    }
  };
  const headAlone = ({ kind }: ParameterReference): boolean => kind === 'head';

  it('where the lowest layer trains', () =>
    expect(refused((options) => options)).rejects.toThrow(refusal(/train in the lowest layer/)));

  it('where steps leave something out', () =>
    expect(
      refused((options) => ({
        ...options,
        phase: { ...options.phase, trains: headAlone, exclusions: () => ({ skip: [0] }) },
      })),
    ).rejects.toThrow(refusal(/leave layers or children out/)));

  it('of several tasks', () =>
    expect(
      refused(({ tasks, ...options }) => ({
        ...options,
        tasks: [...tasks, ...tasks],
        phase: { ...options.phase, trains: headAlone },
      })),
    ).rejects.toThrow(refusal(/2 tasks/)));

  it('by a model that cannot tell what is frozen', () =>
    expect(
      refused((options) => {
        const { frozenLayers: _, ...model } = options.model;
        return { ...options, model, phase: { ...options.phase, trains: headAlone } };
      }),
    ).rejects.toThrow(refusal(/train in the lowest layer/)));
});

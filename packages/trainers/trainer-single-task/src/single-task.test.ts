import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  parameterAt,
  type AnyConfigured,
  type LoopSettings,
  type Phase,
  type TrainEvent,
  type TrainerContext,
} from '@adapterfusion/contracts';
import { headOnly, singleTaskAdapter } from './index.js';

const paths = [
  'embeddings.word_embeddings.weight',
  'encoder.layer.0.output.dense.weight',
  'adapters/rte/0/output_adapter/down.weight',
  'adapters/rte-2/0/output_adapter/down.weight',
  'fusions/rte/0/output_adapter/query.weight',
  'heads/rte/0.weight',
  'heads/rte-2/0.weight',
];
const settings: LoopSettings = {
  epochs: 2,
  batchSize: 32,
  accumulate: 1,
  optimizer: 'adamw',
  momentum: 0,
  learningRate: 0.1,
  schedule: 'linear',
  warmup: 0,
  weightDecay: 0,
  clip: 1,
  patience: 0,
  keep: 'last',
  seed: 7,
  maxLength: 64,
  classWeights: 'none',
  batching: 'length',
  checkpointEvery: 0,
  activationCache: 0,
};
const done: TrainEvent = {
  type: 'done',
  phase: 'p',
  steps: 0,
  epochs: 0,
  stoppedEarly: false,
  interrupted: false,
  metrics: {},
  seconds: 0,
};

async function phasesOf(configured: AnyConfigured<'trainer'>, ctx: Partial<TrainerContext>) {
  const phases: Phase[] = [];
  const events: TrainEvent[] = [];
  const run = configured.create({}).run({
    settings,
    adapters: ['rte'],
    fusions: [],
    tasks: [{ name: 'rte', rows: 64, stratum: () => undefined }],
    head: 'rte',
    encoder: [],
    layers: 2,
    async *loop(phase) {
      phases.push(phase);
      yield done;
    },
    evaluate: () => Promise.resolve({}),
    outputs: () => Promise.resolve([]),
    snapshot: () => Promise.resolve(() => undefined),
    ...ctx,
  });
  for await (const event of run) events.push(event);
  return { phases, events };
}

describe('st-a', () => {
  it('trains the adapter and its head, in one phase', async () => {
    const { phases, events } = await phasesOf(singleTaskAdapter(), {});
    expect(phases).toHaveLength(1);
    expect(paths.filter((path) => phases[0]!.trains(parameterAt(path)))).toEqual([paths[2], paths[5]]);
    expect(phases[0]!.settings).toBe(settings);
    expect(singleTaskAdapter().create({}).defaults).toEqual({ learningRate: 5e-4 });
    expect(events).toEqual([done]);
  });

  it.each([[[]], [['a', 'b']]])('refuses adapters %j', async (adapters) => {
    await expect(phasesOf(singleTaskAdapter(), { adapters })).rejects.toMatchObject({ code: 'COMPOSITION_INVALID' });
  });

  it('knows its options', () => {
    for (const wrong of [{ rate: 1 }, { dropLayers: -1 }])
      expect(() => singleTaskAdapter(wrong as never)).toThrow(
        expect.objectContaining({ code: 'OPTIONS_INVALID' }) as Error,
      );
  });

  it('leaves the adapter out of the lowest layers, of none to so many with equal probability', async () => {
    const skipped = async (seed: number): Promise<(readonly number[])[]> => {
      const ctx = { layers: 6, settings: { ...settings, seed } };
      const { phases } = await phasesOf(singleTaskAdapter({ dropLayers: 4 }), ctx);
      return Array.from({ length: 3000 }, (_, step) => phases[0]!.exclusions!(step).skip!);
    };
    const drawn = await skipped(7);
    const counts = [0, 1, 2, 3, 4].map((count) => drawn.filter(({ length }) => length === count).length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3000);
    // 600 are expected of each, with a deviation of 21.9.
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(90);
    for (const layers of drawn) expect(layers).toEqual([0, 1, 2, 3].slice(0, layers.length));
    expect(await skipped(7)).toEqual(drawn);
    expect(await skipped(8)).not.toEqual(drawn);
    expect((await phasesOf(singleTaskAdapter(), {})).phases[0]).not.toHaveProperty('exclusions');
  });

  it('keeps the last layer', async () => {
    const refused = phasesOf(singleTaskAdapter({ dropLayers: 2 }), {});
    await expect(refused).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining('at most 1'),
    });
  });
});

describe('head', () => {
  it('trains the head alone', async () => {
    const { phases } = await phasesOf(headOnly(), { adapters: [] });
    expect(paths.filter((path) => phases[0]!.trains(parameterAt(path)))).toEqual([paths[5]]);
    expect(headOnly().create({}).defaults).toEqual({ learningRate: 1e-3 });
  });
});

it('names its package and version', () => {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    name: string;
    version: string;
  };
  for (const { plugin } of [singleTaskAdapter, headOnly])
    expect(plugin).toMatchObject({ packageName: name, packageVersion: version, kind: 'trainer', spec: 1 });
});

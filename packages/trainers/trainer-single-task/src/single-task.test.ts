import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LoopSettings, Phase, TrainEvent, TrainerContext } from '@adapterfusion/contracts';
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
  learningRate: 0.1,
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

async function phasesOf(factory: typeof headOnly, ctx: Partial<TrainerContext>) {
  const phases: Phase[] = [];
  const events: TrainEvent[] = [];
  const run = factory()
    .create({})
    .run({
      settings,
      adapters: ['rte'],
      fusions: [],
      tasks: [{ name: 'rte', rows: 64 }],
      head: 'rte',
      encoder: [],
      layers: 2,
      async *loop(phase) {
        phases.push(phase);
        yield done;
      },
      evaluate: () => Promise.resolve({}),
      ...ctx,
    });
  for await (const event of run) events.push(event);
  return { phases, events };
}

describe('st-a', () => {
  it('trains the adapter and its head, in one phase', async () => {
    const { phases, events } = await phasesOf(singleTaskAdapter, {});
    expect(phases).toHaveLength(1);
    expect(paths.filter((path) => phases[0]!.trains(path))).toEqual([paths[2], paths[5]]);
    expect(phases[0]!.settings).toBe(settings);
    expect(singleTaskAdapter().create({}).defaults).toEqual({ learningRate: 5e-4 });
    expect(events).toEqual([done]);
  });

  it.each([[[]], [['a', 'b']]])('refuses adapters %j', async (adapters) => {
    await expect(phasesOf(singleTaskAdapter, { adapters })).rejects.toMatchObject({ code: 'COMPOSITION_INVALID' });
  });

  it('has no options', () => {
    expect(() => singleTaskAdapter({ rate: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID' }) as Error,
    );
  });
});

describe('head', () => {
  it('trains the head alone', async () => {
    const { phases } = await phasesOf(headOnly, { adapters: [] });
    expect(paths.filter((path) => phases[0]!.trains(path))).toEqual([paths[5]]);
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

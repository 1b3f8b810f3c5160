import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  parameterAt,
  type LoopSettings,
  type Phase,
  type TrainEvent,
  type TrainerContext,
} from '@adapterfusion/contracts';
import { fullFineTuning } from './index.js';

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

async function phasesOf(ctx: Partial<TrainerContext>) {
  const phases: Phase[] = [];
  const run = fullFineTuning()
    .create({})
    .run({
      settings,
      adapters: [],
      fusions: [],
      tasks: [{ name: 'rte', rows: 64, stratum: () => undefined }],
      head: 'rte',
      encoder: ['embeddings.word_embeddings.weight', 'encoder.layer.0.output.dense.weight'],
      layers: 2,
      // eslint-disable-next-line require-yield -- a loop that has nothing to tell is still a generator
      async *loop(phase): AsyncGenerator<TrainEvent, void, void> {
        phases.push(phase);
      },
      evaluate: () => Promise.resolve({}),
      outputs: () => Promise.resolve([]),
      snapshot: () => Promise.resolve(() => undefined),
      ...ctx,
    });
  for await (const event of run) throw new Error(event.type);
  return phases;
}

it('trains what of the encoder the head depends on, and the head, in one phase', async () => {
  const paths = [
    'embeddings.word_embeddings.weight',
    'encoder.layer.0.output.dense.weight',
    'pooler.dense.weight',
    'adapters/rte/0/output_adapter/down.weight',
    'heads/rte/0.weight',
    'heads/rte2/0.weight',
  ];
  const [phase, ...more] = await phasesOf({});
  expect(more).toEqual([]);
  expect(paths.filter((path) => phase!.trains(parameterAt(path)))).toEqual([paths[0], paths[1], paths[4]]);
  expect(phase!.settings).toBe(settings);
  expect(fullFineTuning().create({}).defaults).toEqual({ learningRate: 3e-5 });
});

it.each([{ adapters: ['a'] }, { fusions: ['ab'] }])('refuses %j', async (ctx) => {
  await expect(phasesOf(ctx)).rejects.toMatchObject({ code: 'COMPOSITION_INVALID' });
});

it('names its package and version, says that it trains the encoder, and has no options', () => {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    name: string;
    version: string;
  };
  expect(fullFineTuning.plugin).toMatchObject({ packageName: name, packageVersion: version, kind: 'trainer' });
  expect(fullFineTuning.plugin).toMatchObject({ id: 'full', supports: { trains: ['encoder'] } });
  expect(() => fullFineTuning({ rate: 1 } as never)).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID' }) as Error,
  );
});

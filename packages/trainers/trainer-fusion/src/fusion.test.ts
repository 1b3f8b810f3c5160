import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { LoopSettings, Phase, TrainEvent, TrainerContext } from '@adapterfusion/contracts';
import { fusion } from './index.js';

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

async function phasesOf(ctx: Partial<TrainerContext>) {
  const phases: Phase[] = [];
  const run = fusion()
    .create({})
    .run({
      settings,
      adapters: ['a', 'b'],
      fusions: ['ab'],
      tasks: [{ name: 'rte', rows: 64 }],
      head: 'rte',
      encoder: [],
      layers: 2,
      // eslint-disable-next-line require-yield -- a loop that has nothing to tell is still a generator
      async *loop(phase): AsyncGenerator<TrainEvent, void, void> {
        phases.push(phase);
      },
      evaluate: () => Promise.resolve({}),
      ...ctx,
    });
  for await (const event of run) throw new Error(event.type);
  return phases;
}

it('trains the fusions and the head, adapters and backbone frozen', async () => {
  const paths = [
    'encoder.layer.0.output.dense.weight',
    'adapters/a/0/output_adapter/down.weight',
    'fusions/ab/0/output_adapter/query.weight',
    'fusions/other/0/output_adapter/query.weight',
    'heads/rte/0.weight',
    'heads/rte2/0.weight',
  ];
  const [phase, ...more] = await phasesOf({});
  expect(more).toEqual([]);
  expect(paths.filter((path) => phase!.trains(path))).toEqual([paths[2], paths[4]]);
  expect(phase!.settings).toBe(settings);
  expect(fusion().create({}).defaults).toEqual({ learningRate: 1e-4 });
});

it('refuses a composition without a fusion', async () => {
  await expect(phasesOf({ fusions: [] })).rejects.toMatchObject({ code: 'COMPOSITION_INVALID' });
});

it('names its package and version, and has no options', () => {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    name: string;
    version: string;
  };
  expect(fusion.plugin).toMatchObject({ packageName: name, packageVersion: version, kind: 'trainer', id: 'fusion' });
  expect(() => fusion({ adapters: 'train' } as never)).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID' }) as Error,
  );
});

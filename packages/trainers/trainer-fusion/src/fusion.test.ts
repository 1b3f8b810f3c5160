import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  parameterAt,
  type LoopSettings,
  type Phase,
  type TrainEvent,
  type TrainerContext,
} from '@adapterfusion/contracts';
import { fusion } from './index.js';

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

async function phasesOf(ctx: Partial<TrainerContext>, options?: Parameters<typeof fusion>[0]) {
  const phases: Phase[] = [];
  const run = fusion(options)
    .create({})
    .run({
      settings,
      adapters: ['a', 'b'],
      fusions: ['ab'],
      tasks: [{ name: 'rte', rows: 64, stratum: () => undefined }],
      head: 'rte',
      encoder: [],
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
  expect(paths.filter((path) => phase!.trains(parameterAt(path)))).toEqual([paths[2], paths[4]]);
  expect(phase!.settings).toBe(settings);
  expect(fusion().create({}).defaults).toEqual({ learningRate: 1e-4 });
});

it('trains the adapters too where they are to be tuned', async () => {
  const paths = [
    'encoder.layer.0.output.dense.weight',
    'adapters/a/0/x',
    'adapters/b/0/x',
    'adapters/c/0/x',
    'fusions/ab/0/x',
  ];
  const [phase] = await phasesOf({}, { adapters: 'tuned' });
  expect(paths.filter((path) => phase!.trains(parameterAt(path)))).toEqual([paths[1], paths[2], paths[4]]);
  expect(fusion({ adapters: 'tuned' }).create({}).trains).toEqual(['fusion', 'adapter']);
  expect(fusion().create({}).trains).toEqual(['fusion']);
});

describe('a subset of the adapters in every step', () => {
  const adapters = ['a', 'b', 'c', 'd'];
  const masks = async (seed: number): Promise<string[]> => {
    const [phase] = await phasesOf({ adapters, settings: { ...settings, seed } }, { subset: 2 });
    return Array.from({ length: 3000 }, (_, step) => [...phase!.exclusions!(step).mask!].sort().join(''));
  };

  it('every two of four are as likely as any other two', async () => {
    const drawn = await masks(7);
    const pairs = ['ab', 'ac', 'ad', 'bc', 'bd', 'cd'];
    const counts = pairs.map((pair) => drawn.filter((mask) => mask === pair).length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3000);
    // 500 are expected of each, with a deviation of 20.4.
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(85);
  });

  it('depends on seed and step alone', async () => {
    expect(await masks(7)).toEqual(await masks(7));
    expect(await masks(8)).not.toEqual(await masks(7));
    const [phase] = await phasesOf({ adapters }, { subset: 2 });
    expect(phase!.exclusions!(41)).toEqual(phase!.exclusions!(41));
  });

  it('all of them: nothing is left out; more are refused', async () => {
    const [whole] = await phasesOf({ adapters }, { subset: 4 });
    expect(whole!.exclusions!(1)).toEqual({ mask: [] });
    expect((await phasesOf({ adapters }))[0]).not.toHaveProperty('exclusions');
    await expect(phasesOf({ adapters }, { subset: 5 })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining('at most 4'),
    });
  });
});

it('refuses a composition without a fusion', async () => {
  await expect(phasesOf({ fusions: [] })).rejects.toMatchObject({ code: 'COMPOSITION_INVALID' });
});

it('names its package and version, and knows its options', () => {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    name: string;
    version: string;
  };
  expect(fusion.plugin).toMatchObject({ packageName: name, packageVersion: version, kind: 'trainer', id: 'fusion' });
  for (const wrong of [{ adapters: 'train' }, { subset: -1 }, { subset: 1.5 }, { rate: 1 }])
    expect(() => fusion(wrong as never)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }) as Error);
});

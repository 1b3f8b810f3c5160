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
import { multiTask, multiTaskAdapters } from './index.js';

const settings = { epochs: 5, seed: 7 } as LoopSettings;
const tasks = [
  { name: 'cb', rows: 250, stratum: () => undefined },
  { name: 'mnli', rows: 4000, stratum: () => undefined },
];
const word = 'embeddings.word_embeddings.weight';
const paths = [
  word,
  'pooler.dense.weight',
  'adapters/cb/0/output_adapter/down.weight',
  'adapters/mnli/0/output_adapter/down.weight',
  'heads/cb/out.weight',
  'heads/mnli/out.weight',
  'heads/cb2/out.weight',
];

async function phaseOf(configured: AnyConfigured<'trainer'>, ctx: Partial<TrainerContext> = {}): Promise<Phase> {
  const phases: Phase[] = [];
  const run = configured.create({}).run({
    settings,
    adapters: [],
    fusions: [],
    tasks,
    head: 'cb',
    encoder: [word],
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
  expect(phases).toHaveLength(1);
  return phases[0]!;
}

const trained = (phase: Phase): string[] => paths.filter((path) => phase.trains(parameterAt(path)));
const adapters = ['mnli', 'cb'];

describe('what trains', () => {
  it('multi-task: the encoder and every task’s head', async () => {
    const phase = await phaseOf(multiTask());
    expect(trained(phase)).toEqual([word, 'heads/cb/out.weight', 'heads/mnli/out.weight']);
    expect(phase.settings).toBe(settings);
    expect(multiTask().create({}).defaults).toEqual({ learningRate: 3e-5 });
  });

  it('mt-a: every task’s adapter and head, and the encoder unless it is frozen', async () => {
    const own = [paths[2], paths[3], paths[4], paths[5]];
    expect(trained(await phaseOf(multiTaskAdapters(), { adapters }))).toEqual([word, ...own]);
    expect(multiTaskAdapters().create({})).toMatchObject({
      defaults: { learningRate: 3e-5 },
      trains: ['adapter', 'encoder'],
    });
    const frozen = multiTaskAdapters({ encoder: 'frozen' });
    expect(trained(await phaseOf(frozen, { adapters }))).toEqual(own);
    expect(frozen.create({})).toMatchObject({ defaults: { learningRate: 5e-4 }, trains: ['adapter'] });
  });

  it.each([{ adapters: ['a'] }, { fusions: ['ab'] }])('multi-task refuses %j', async (ctx) => {
    await expect(phaseOf(multiTask(), ctx)).rejects.toMatchObject({ code: 'COMPOSITION_INVALID' });
  });

  it.each([{ adapters: ['cb'] }, { adapters: [...adapters, 'x'] }, { adapters, fusions: ['ab'] }])(
    'mt-a refuses %j',
    async (ctx) => {
      await expect(phaseOf(multiTaskAdapters(), ctx)).rejects.toMatchObject({ code: 'COMPOSITION_INVALID' });
    },
  );
});

describe('sampling', () => {
  const probability = (shares: readonly number[]): number => shares[0]! / (shares[0]! + shares[1]!);
  const ofCb = async (sampling: string): Promise<number[]> => {
    const phase = await phaseOf(multiTask({ sampling: sampling as never }));
    return [1, 2, 3, 4, 5].map((epoch) => probability(phase.shares!(epoch)));
  };

  it('proportional, square-root, annealed: of the task with 250 of 4,250 rows', async () => {
    expect(await ofCb('proportional')).toEqual(Array.from({ length: 5 }, () => 1 / 17));
    // √250 / (√250 + √4000) = 1 / (1 + 4)
    for (const each of await ofCb('square-root')) expect(each).toBeCloseTo(0.2, 12);
    const powers = [1, 0.8, 0.6, 0.4, 0.2];
    (await ofCb('annealed')).forEach((each, at) => expect(each).toBeCloseTo(1 / (1 + 16 ** powers[at]!), 12));
  });

  it('annealed over a single epoch is proportional, and annealed is what happens unasked', async () => {
    const one = await phaseOf(multiTask(), { settings: { ...settings, epochs: 1 } });
    expect(one.shares!(1)).toEqual([250, 4000]);
    expect(multiTask().options).toEqual({ sampling: 'annealed' });
    expect(multiTaskAdapters().options).toEqual({ sampling: 'annealed', encoder: 'tuned' });
    const adapted = await phaseOf(multiTaskAdapters({ sampling: 'square-root' }), { adapters });
    expect(probability(adapted.shares!(1))).toBeCloseTo(0.2, 12);
  });
});

it('names its package and version, takes several tasks, and knows its options', () => {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    name: string;
    version: string;
  };
  for (const { plugin } of [multiTask, multiTaskAdapters])
    expect(plugin).toMatchObject({ packageName: name, packageVersion: version, supports: { tasks: 'several' } });
  for (const wrong of [
    () => multiTask({ samplin: 'annealed' } as never),
    () => multiTaskAdapters({ encoder: 'x' } as never),
  ])
    expect(wrong).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }) as Error);
});

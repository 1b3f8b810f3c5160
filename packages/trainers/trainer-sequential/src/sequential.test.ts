import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  parameterAt,
  type LoopSettings,
  type Phase,
  type TrainEvent,
  type TrainerContext,
} from '@adapterfusion/contracts';
import { sequential } from './index.js';

const settings = { epochs: 2, seed: 7 } as LoopSettings;
const tasks = ['a', 'b', 'c'].map((name) => ({ name, rows: 8, stratum: () => undefined }));

function done(phase: string, interrupted: boolean): TrainEvent {
  const counts = { steps: 1, epochs: 1, stoppedEarly: false, metrics: {}, seconds: 0 };
  return { type: 'done', phase, interrupted, ...counts };
}

/** A run in which a task scores 0.9 when it was just learned and 0.2 less with every later one. */
async function run(ctx: Partial<TrainerContext> = {}, interruptedIn?: string) {
  const phases: Phase[] = [];
  const events: TrainEvent[] = [];
  const learned: string[] = [];
  const generator = sequential()
    .create({})
    .run({
      settings,
      adapters: [],
      fusions: [],
      tasks,
      head: 'a',
      encoder: ['words'],
      layers: 2,
      async *loop(phase): AsyncGenerator<TrainEvent, void, void> {
        phases.push(phase);
        learned.push(phase.tasks![0]!);
        yield done(phase.name, phase.name === interruptedIn);
      },
      evaluate: (task) =>
        Promise.resolve({ accuracy: 0.9 - 0.2 * (learned.length - 1 - learned.indexOf(task!)), other: 1 }),
      outputs: () => Promise.resolve([]),
      snapshot: () => Promise.resolve(() => undefined),
      ...ctx,
    });
  for await (const event of generator) events.push(event);
  return { phases, events };
}

it('trains the encoder and one head after another, in the order given', async () => {
  const { phases } = await run();
  expect(phases.map(({ name, tasks }) => [name, tasks])).toEqual([
    ['sequential-a', ['a']],
    ['sequential-b', ['b']],
    ['sequential-c', ['c']],
  ]);
  const paths = ['words', 'pooler', 'heads/a/w', 'heads/b/w', 'heads/c/w', 'heads/bb/w'];
  expect(phases.map((phase) => paths.filter((path) => phase.trains(parameterAt(path))))).toEqual([
    ['words', 'heads/a/w'],
    ['words', 'heads/b/w'],
    ['words', 'heads/c/w'],
  ]);
  expect(phases.every((phase) => phase.settings === settings)).toBe(true);
  expect(sequential().create({}).defaults).toEqual({ learningRate: 3e-5 });
});

it('measures every earlier task after each stage, and says what is forgotten of it', async () => {
  const { events } = await run();
  const stages = events.flatMap((event) => (event.type === 'stage' ? [event] : []));
  expect(stages.map(({ task, metrics }) => [task, Object.keys(metrics)])).toEqual([
    ['a', ['a']],
    ['b', ['a', 'b']],
    ['c', ['a', 'b', 'c']],
  ]);
  expect(stages[2]!.metrics['b']).toEqual({ accuracy: 0.7, other: 1 });
  expect(stages.map(({ forgetting }) => Object.keys(forgetting))).toEqual([[], ['a'], ['a', 'b']]);
  expect(stages[2]!.forgetting['a']).toBeCloseTo(0.4, 12);
  expect(stages[2]!.forgetting['b']).toBeCloseTo(0.2, 12);
});

it('an interruption ends it: the next task is not begun', async () => {
  const { phases, events } = await run({}, 'sequential-b');
  expect(phases).toHaveLength(2);
  expect(events.map(({ type }) => type)).toEqual(['done', 'stage', 'done']);
});

it.each([{ adapters: ['a'] }, { fusions: ['ab'] }])('refuses %j', async (ctx) => {
  await expect(run(ctx)).rejects.toMatchObject({ code: 'COMPOSITION_INVALID' });
});

it('names its package and version, takes several tasks, and has no options', () => {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    name: string;
    version: string;
  };
  expect(sequential.plugin).toMatchObject({ packageName: name, packageVersion: version, id: 'sequential' });
  expect(sequential.plugin.supports).toEqual({ resume: true, trains: ['encoder'], tasks: 'several' });
  expect(() => sequential({ order: 1 } as never)).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID' }) as Error,
  );
});

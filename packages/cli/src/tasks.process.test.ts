import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { adapterfusionShared, eventsOf, scratch, treeOf, type Ended } from './process.spec.js';
import { rows, writeEncoder } from '../../adapterfusion/src/tiny.spec.js';

const folder = scratch();
writeEncoder(join(folder, 'encoder'), 1);
writeFileSync(join(folder, 'first.tsv'), rows(48, 3));
writeFileSync(join(folder, 'second.tsv'), rows(48, 4, true));
const MODEL = ['--model', 'encoder', '--backend', 'wasm'];
const TASKS = ['--data', 'first.tsv', '--data', 'second.tsv', '--pooling', 'mean', '--batch-size', '8'];
const TRAIN = ['train', ...MODEL, ...TASKS, '--epochs', '4', '--learning-rate', '3e-3'];

async function ok(...args: string[]): Promise<Ended> {
  const ended = await adapterfusionShared(args, folder);
  expect(ended.stderr).not.toMatch(/^error/m);
  expect(ended.code).toBe(0);
  return ended;
}

/** The commands that a run named, as arguments. */
const nextOf = ({ stdout }: Ended): string[][] =>
  [...stdout.matchAll(/^next: npx adapterfusion (.*)$/gm)].map(([, words]) => words!.split(' '));

it('multi-task: one bundle, which the command it names measures, task by task', async () => {
  const trained = await ok(
    ...TRAIN,
    '--strategy',
    'multi-task[sampling=proportional]',
    '--train-rows',
    '32',
    '--out',
    'both',
  );
  expect(trained.stderr).toMatch(/^first\.tsv: 32 of \d+ rows to train on/m);
  expect(trained.stderr).toMatch(/^second\.tsv: 32 of \d+ rows to train on/m);
  expect(trained.stderr).toMatch(/^multi-task epoch 4: mean \d+\.\d %, first\/accuracy /m);
  const [command] = nextOf(trained) as [string[]];
  expect(command.slice(0, 6)).toEqual(['evaluate', 'both', '--split', 'validation', '--task', 'first']);
  const measured = await ok(...command);
  const [, accuracy] = /first\/accuracy (\d+\.\d %)/.exec(trained.stdout)!;
  expect(measured.stdout).toContain(`accuracy ${accuracy}`);
  writeFileSync(join(folder, 'inputs.jsonl'), '{"text":"we see the old","pair":"saw drill"}\n');
  const predict = ['predict', '--setup', 'both', '--input', 'inputs.jsonl', '--backend', 'wasm'];
  expect((await ok(...predict, '--task', 'second')).stdout).toMatch(/"label":"(fruit|tool)"/);
});

it('mt-a: the encoder, an adapter each, and commands that find them', async () => {
  const trained = await ok(
    ...TRAIN,
    '--strategy',
    'mt-a',
    '--adapter',
    'seq_bn[reduction_factor=4]',
    '--out',
    'sets/mta',
  );
  expect(Object.keys(treeOf(join(folder, 'sets/mta'))).filter((name) => name.endsWith('adapterfusion.json'))).toEqual([
    'adapterfusion.json',
    'first/adapterfusion.json',
    'second/adapterfusion.json',
  ]);
  const commands = nextOf(trained);
  expect(commands.map((words) => words[1])).toEqual(['sets/mta/first', 'sets/mta/second']);
  expect(commands[1]!.slice(4, 8)).toEqual(['--model', 'sets/mta', '--data', 'second.tsv']);
  await ok(...commands[1]!);
});

it('sequential: what is forgotten is said after each task', async () => {
  const trained = await ok(...TRAIN, '--strategy', 'sequential', '--out', 'in-turn', '--json');
  const stages = eventsOf(trained).filter(({ type }) => type === 'stage');
  expect(stages).toMatchObject([{ task: 'first' }, { task: 'second', forgetting: { first: expect.any(Number) } }]);
});

it('a list that does not fit the tasks is refused', async () => {
  const { code, stderr } = await adapterfusionShared(
    [...TRAIN, '--strategy', 'mt-a', '--data-dir', 'x', '--out', 'no'],
    folder,
  );
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error OPTIONS_INVALID: .*--data-dir: expected 2 values/m);
});

import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { adapterfusion, adapterfusionShared, scratch, treeOf } from './process.spec.js';
import { MODEL, prepare } from './refusals.spec.js';

const root = scratch();
const base = join(root, 'base');
const RUN = [
  'train',
  ...MODEL,
  '--data',
  'rows.tsv',
  '--epochs',
  '3',
  '--batch-size',
  '4',
  '--checkpoint-every',
  '2',
  '--no-compare',
];
const TRAIN = [...RUN, '--out', 'out'];

/** A folder with an undisturbed bundle `whole` and the checkpoints of a run to `out` that was killed. */
beforeAll(async () => {
  await prepare(base);
  expect((await adapterfusionShared([...RUN, '--out', 'whole'], base)).code).toBe(0);
  const killed = await adapterfusion([...TRAIN, '--json'], base, { signal: 'SIGKILL', at: /"step":9,"steps"/ });
  expect(killed.signal).toBe('SIGKILL');
  expect(readdirSync(join(base, 'out.run'))).toHaveLength(2);
});

function copy(name: string): string {
  const folder = join(root, name);
  cpSync(base, folder, { recursive: true });
  return folder;
}

function damage(folder: string, ...names: string[]): void {
  for (const name of names) {
    const path = join(folder, 'out.run', name);
    writeFileSync(path, readFileSync(path).subarray(0, -100));
  }
}

const checkpoints = (folder: string): string[] => readdirSync(join(folder, 'out.run')).sort();

describe('checkpoints', () => {
  it('a damaged newest one: a warning, the one before it is used, the bytes are the same', async () => {
    const folder = copy('newest');
    damage(folder, checkpoints(folder).at(-1)!);
    const { code, stderr } = await adapterfusionShared(TRAIN, folder);
    expect(stderr).toMatch(
      new RegExp(`^warning: \\w+: out\\.run/${checkpoints(base).at(-1)!}: .* An older checkpoint is used\\.$`, 'm'),
    );
    const before = Number(/(\d+)\.safetensors/.exec(checkpoints(base).at(-2)!)![1]);
    expect(stderr).toContain(`going on after step ${before}`);
    expect(code).toBe(0);
    expect(treeOf(join(folder, 'out'))).toEqual(treeOf(join(folder, 'whole')));
  });

  it('all damaged: refused', async () => {
    const folder = copy('all');
    damage(folder, ...checkpoints(folder));
    const before = treeOf(folder);
    const { code, stderr } = await adapterfusionShared(TRAIN, folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error CHECKPOINT_INVALID: out\.run\/.*Remove them to start over\.$/m);
    expect(treeOf(folder)).toEqual(before);
  });

  it('of other settings: refused, each difference named; --force goes on', async () => {
    const folder = copy('other');
    const before = treeOf(folder);
    const { code, stdout, stderr } = await adapterfusionShared([...TRAIN, '--learning-rate', '1e-3'], folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error RESUME_REFUSED: .*settings\.learningRate = 0\.001/m);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(treeOf(folder)).toEqual(before);
    const forced = await adapterfusionShared([...TRAIN, '--learning-rate', '1e-3', '--force'], folder);
    expect(forced.code).toBe(0);
    expect(forced.stderr).toContain('going on after step');
  });

  it('of another adapter: refused', async () => {
    const folder = copy('adapter');
    const { code, stderr } = await adapterfusionShared([...TRAIN, '--adapter', 'par_bn'], folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error RESUME_REFUSED: /m);
  });
});

describe('training', () => {
  it('a loss that is not finite stops at the step and names the last good checkpoint', async () => {
    const folder = copy('loss');
    const run = ['train', ...MODEL, '--data', 'rows.tsv', '--out', 'wild', '--learning-rate', '1e30'];
    const { code, stderr } = await adapterfusionShared(
      [...run, '--checkpoint-every', '1', '--batch-size', '2'],
      folder,
    );
    expect(code).toBe(1);
    const [, step] = /^error LOSS_NOT_FINITE: st-a, step (\d+) of \d+: .* on rows\.tsv:\d+/m.exec(stderr)!;
    const [, named] = /the last good checkpoint is wild\.run\/st-a-(\d+)\.safetensors\./.exec(stderr)!;
    expect(Number(named)).toBe(Number(step) - 1);
    expect(readdirSync(join(folder, 'wild.run'))).toContain(`st-a-${named}.safetensors`);
    expect(readdirSync(folder)).not.toContain('wild');
  });

  it('inputs that are too long are cut, and counted', async () => {
    const folder = copy('long');
    const long = Array.from({ length: 30 }, () => 'apple').join(' ');
    writeFileSync(join(folder, 'long.jsonl'), `{"text":"${long}"}\n{"text":"saw"}\n`);
    const { code, stdout, stderr } = await adapterfusionShared(
      ['predict', ...MODEL, '--setup', 'first', '--input', 'long.jsonl'],
      folder,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'warning: 1 of 2 inputs cut to 24 tokens.\n' });
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });

  it('with --json an error is an event too', async () => {
    const folder = copy('json');
    const { code, stdout, stderr } = await adapterfusionShared([...TRAIN, '--epochs', '0', '--json'], folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error OPTIONS_INVALID: /);
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ type: 'error', code: 'OPTIONS_INVALID' });
  });
});

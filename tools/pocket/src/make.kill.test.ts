import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeMini } from './mini.spec.js';
import type { Recipe } from './recipe.js';

const BIN = fileURLToPath(new URL('../bin.js', import.meta.url));
const WRITTEN = [
  'model.safetensors',
  'config.json',
  '1_Pooling/config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.txt',
];
const folder = mkdtempSync(join(tmpdir(), 'make-pocket-'));
let recipe: Recipe;

beforeAll(() => {
  if (!existsSync(fileURLToPath(new URL('../dist/main.js', import.meta.url))))
    throw new Error('tools/pocket is not built: run "npx tsc --build tools/pocket"');
  recipe = writeMini(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a stage on wasm; a signal is sent as soon as a file of the state folder is there, or after a time. */
function run(
  stage: string,
  name: string,
  kill?: { signal: NodeJS.Signals; file: string; delay: number },
  more: readonly string[] = [],
): Promise<Ended> {
  const flags = Object.entries({ ...recipe, state: join(folder, name), out: join(folder, `${name}-out`) }).flatMap(
    ([key, value]) => [`--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, String(value)],
  );
  const child = spawn(process.execPath, [BIN, stage, '--backend', 'wasm', ...flags, ...more]);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const poll = setInterval(() => {
    if (!kill || !existsSync(join(folder, name, kill.file))) return;
    clearInterval(poll);
    setTimeout(() => child.kill(kill.signal), kill.delay);
  }, 3);
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      clearInterval(poll);
      resolve({ code, output });
    });
  });
}

const made = (name: string) =>
  WRITTEN.map((file) => readFileSync(join(folder, `${name}-out`, file)).toString('base64'));

describe('make', () => {
  let whole: string[];

  beforeAll(async () => {
    const { code, output } = await run('make', 'alone');
    expect(code, output).toBe(0);
    whole = made('alone');
  });

  it('writes an encoder in the hub’s layout with a card that tells how', () => {
    const card = readFileSync(join(folder, 'alone-out', 'README.md'), 'utf8');
    expect(card).toContain('## How it was made');
    expect(card).not.toContain('not finished');
    expect(card).not.toContain('## Quality');
    expect(card).toContain('make --corpus corpus.txt --teacher teacher --state runs/pocket ');
    expect(card).toContain('--vocabulary 66');
  });

  it('trains: the student is nearer to its teacher than at the beginning', async () => {
    const losses = async (name: string) => {
      const { output } = await run('measure', name);
      return /states (\S+), similarity (\S+), words (\S+)/.exec(output)!.slice(1).map(Number) as [
        number,
        number,
        number,
      ];
    };
    const stop = { signal: 'SIGTERM', file: 'checkpoints/distil-00000007.safetensors', delay: 0 } as const;
    expect((await run('distil', 'early', stop)).code).toBe(130);
    const [early, late] = [await losses('early'), await losses('alone')];
    expect(late[0]).toBeLessThan(Math.min(early[0], 0.95));
    expect(late[1]).toBeLessThan(0.01);
    expect(late[2]).toBeLessThan(early[2]);
    expect(late[2]).toBeLessThan(Math.log(66));
  });

  it('killed at any moment and started again, it ends with the bytes of a run left alone', async () => {
    const files = [
      'vocabulary.safetensors',
      'projection.safetensors',
      'targets/00000.safetensors',
      'checkpoints/distil-00000007.safetensors',
      'checkpoints/distil-00000021.safetensors',
    ];
    let kills = 0;
    for (const file of files) {
      const { code } = await run('make', 'killed', { signal: 'SIGKILL', file, delay: Math.random() * 40 });
      if (code === null) kills++;
    }
    expect(kills).toBeGreaterThan(1);
    const { code, output } = await run('make', 'killed');
    expect(code, output).toBe(0);
    expect(made('killed')).toEqual(whole);
  });

  it('interrupted, it keeps what is done and exits with 130', async () => {
    const stop = { signal: 'SIGINT', file: 'checkpoints/distil-00000007.safetensors', delay: 0 } as const;
    const { code, output } = await run('make', 'interrupted', stop);
    expect(code, output).toBe(130);
    expect(existsSync(join(folder, 'interrupted-out'))).toBe(false);
    expect((await run('make', 'interrupted')).code).toBe(0);
    expect(made('interrupted')).toEqual(whole);
  });

  it('refuses to go on as another run', async () => {
    const { code, output } = await run('make', 'alone', undefined, ['--seed', '4']);
    expect(code).toBe(1);
    expect(output).toMatch(/^error RESUME_REFUSED: .*seed = 3.*seed = 4/m);
    const other = await run('distil', 'alone', undefined, ['--learning-rate', '0.02']);
    expect(other.output).toMatch(/^error RESUME_REFUSED: .*learningRate/m);
    expect(made('alone')).toEqual(whole);
  });

  it.each([
    ['measure', '--held-out', '64', /held out = 128; got held out = 64/],
    ['export', '--heads', '4', /"heads":2.*got .*"heads":4/],
    ['export', '--epochs', '2', /settings\.epochs = 1; got settings\.epochs = 2/],
  ])('refuses to %s with %s of another run', async (stage, flag, value, says) => {
    const { code, output } = await run(stage, 'alone', undefined, [flag, value]);
    expect(code).toBe(1);
    expect(output).toMatch(/^error RESUME_REFUSED: /m);
    expect(output).toMatch(says);
    expect(made('alone')).toEqual(whole);
  });

  it('makes a damaged shard again', async () => {
    const at = join(folder, 'killed', 'targets/00000.safetensors');
    const bytes = readFileSync(at);
    const damaged = Buffer.from(bytes);
    damaged[damaged.length - 5]! ^= 1;
    writeFileSync(at, damaged);
    const { code, output } = await run('teach', 'killed');
    expect(code, output).toBe(0);
    expect(output).toContain('targets/00000.safetensors is damaged');
    const data = (file: Buffer) => file.subarray(8 + Number(file.readBigUInt64LE())).toString('base64');
    expect(data(readFileSync(at))).toBe(data(bytes));
  });
});

it('says what is wrong with the command line and exits with 2', async () => {
  expect((await run('bake', 'none')).code).toBe(2);
  const { code, output } = await run('make', 'none', undefined, ['--seed', 'x']);
  expect(code).toBe(2);
  expect(output).toMatch(
    /^error USAGE: option '--seed <number>' argument 'x' is invalid.*\nsee docs\/errors\.md#usage$/m,
  );
});

it('exports nothing before there is a checkpoint', async () => {
  const { code, output } = await run('export', 'taught');
  expect([code, existsSync(join(folder, 'taught-out'))]).toEqual([1, false]);
  expect(output).toContain('FILE_NOT_FOUND');
});

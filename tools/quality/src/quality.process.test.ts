import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bert } from '@adapterfusion/backbone-bert';
import { writeSafetensors } from '@adapterfusion/checkpoint';
import { nodeFiles } from '@adapterfusion/files-node';
import { Output } from '@adapterfusion/terminal';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from './main.js';
import { measure, type Plan } from './measure.js';
import type { Result } from './results.js';
import { optionsFor } from './settings.js';

const WORDS = ['fine', 'good', 'great', 'bad', 'poor', 'dull'];
const config = {
  model_type: 'bert',
  hidden_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 32,
  vocab_size: 5 + WORDS.length,
  max_position_embeddings: 128,
};
const root = mkdtempSync(join(tmpdir(), 'adapterfusion-quality-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder = 0;
let out = '';
beforeEach(() => {
  out = join(root, `out-${folder++}`);
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  return () => vi.restoreAllMocks();
});

function write(name: string, content: string | Uint8Array): void {
  mkdirSync(join(root, name, '..'), { recursive: true });
  writeFileSync(join(root, name), content);
}
let state = 7;
const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const text = (label: number): string =>
  Array.from({ length: 3 }, () => WORDS[3 * (1 - label) + Math.floor(next() * 3)]).join(' ');
const labels = Array.from({ length: 40 }, (_, row) => row % 2);

write('encoder/config.json', JSON.stringify(config));
write('encoder/vocab.txt', ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...WORDS].join('\n'));
write(
  'encoder/model.safetensors',
  writeSafetensors(
    bert()
      .create({ config })
      .parameters.filter(({ optional }) => !optional)
      .map(({ path, shape }) => {
        const length = shape.reduce((product, size) => product * size, 1);
        const value = (): number => (path.endsWith('LayerNorm.weight') ? 1 : next() - 0.5);
        return { name: path, shape, data: Float32Array.from({ length }, value) };
      }),
  ),
);
for (const name of ['train', 'dev']) {
  const rows = labels.map((label) => `${text(label)}\t${label}`);
  write(`data/SST-2/${name}.tsv`, `sentence\tlabel\n${rows.join('\n')}\n`);
}
for (const name of ['dev', 'test']) {
  const rows = labels.map((label, id) => `${label}\t${text(1)}\t${text(label)}\t${id}`);
  write(
    `data/QQP/${name}.tsv`,
    Buffer.from(`${rows.join('\n')} caf\xe9\n`.replace(/\t(\d+) (caf.)\n$/, ' $2\t$1\n'), 'latin1'),
  );
}

const planOf = (more: Partial<Plan> = {}): Plan => ({
  model: join(root, 'encoder'),
  dataDir: join(root, 'data'),
  out,
  tasks: ['sst2', 'qqp'],
  strategies: ['full', 'st-a'],
  seeds: [0, 1],
  backend: 'wasm',
  changes: () => ({ pooling: 'mean', epochs: 10, learningRate: 1e-2 }),
  ...more,
});
const run = (plan: Plan, signal = new AbortController().signal) =>
  measure(plan, nodeFiles(), new Output(false), signal);
const lines = (): string[] => readFileSync(join(out, 'results.jsonl'), 'utf8').trim().split('\n');
const timeless = (results: readonly Result[]) => results.map((result) => ({ ...result, seconds: 0 }));

describe('measure', () => {
  it('has a result for every cell, seed by seed, and measures none of them twice', async () => {
    const { results, failed, interrupted } = await run(planOf());
    expect({ failed, interrupted }).toEqual({ failed: [], interrupted: false });
    expect(results.map(({ seed, task, strategy }) => `${seed} ${task} ${strategy}`)).toEqual([
      ...['0 sst2 full', '0 sst2 st-a', '0 qqp full', '0 qqp st-a'],
      ...['1 sst2 full', '1 sst2 st-a', '1 qqp full', '1 qqp st-a'],
    ]);
    for (const { metrics, rows, trainable, stored, strategy } of results) {
      if (strategy === 'full') expect(metrics['accuracy']).toBeGreaterThan(0.9);
      expect(rows).toEqual({ train: 40, measured: 40 });
      expect(trainable).toBe(stored);
      expect(strategy === 'full').toBe(trainable > 1000);
    }
    const written = lines();
    expect(written.map((line) => JSON.parse(line) as Result)).toEqual(results);
    expect(await run(planOf())).toEqual({ results, failed: [], interrupted: false });
    const more = await run(planOf({ seeds: [0], tasks: ['sst2'], changes: () => ({ pooling: 'cls', epochs: 1 }) }));
    expect(lines().slice(0, 8)).toEqual(written);
    expect(lines()).toHaveLength(10);
    expect(more.results.map(({ options }) => options)).toMatchObject([{ head: { pooling: 'cls' } }, {}]);
  });

  it('gives every run its seed', async () => {
    const changes = () => ({ pooling: 'mean', epochs: 1, learningRate: 1e-4 }) as const;
    const { results } = await run(planOf({ strategies: ['head'], tasks: ['sst2'], seeds: [0, 1, 2, 3], changes }));
    expect(new Set(results.map(({ metrics }) => metrics['accuracy'])).size).toBeGreaterThan(1);
  });

  it('goes on where it was stopped, to the same results', async () => {
    const controller = new AbortController();
    const output = new Output(false);
    let steps = 0;
    vi.spyOn(output, 'progress').mockImplementation(() => {
      if (++steps === 12) controller.abort();
    });
    const stopped = await measure(planOf(), nodeFiles(), output, controller.signal);
    expect(stopped).toMatchObject({ interrupted: true });
    expect(stopped.results.length).toBeLessThan(8);
    const { results } = await run(planOf());
    const whole = join(root, 'whole');
    expect(timeless(results)).toEqual(timeless((await run(planOf({ out: whole }))).results));
  });

  it('names a cell that fails, and goes on', async () => {
    const { results, failed } = await run(planOf({ tasks: ['mrpc', 'sst2'], strategies: ['head'], seeds: [0] }));
    expect(failed).toEqual([expect.stringMatching(/^mrpc-head-0: FILE_NOT_FOUND: .*MRPC/)]);
    expect(results.map(({ task }) => task)).toEqual(['sst2']);
  });

  it('refuses results that are damaged', async () => {
    const line = { strategy: 'full', task: 'sst2', seed: 0, metrics: {}, encoder: '', options: {} };
    write(`out-${folder - 1}/results.jsonl`, `${JSON.stringify(line)}\n{"strategy":"full"}\n`);
    await expect(run(planOf())).rejects.toMatchObject({ code: 'DATA_INVALID', at: join(out, 'results.jsonl:2') });
  });
});

describe('the command', () => {
  const args = ['--model', join(root, 'encoder'), '--data-dir', join(root, 'data'), '--backend', 'wasm'];

  it('writes the table', async () => {
    const rest = ['--tasks', 'sst2', '--strategies', 'head', '--seeds', '0', '1', '0', '--train-rows', 'sst2=20'];
    expect(await main([...args, ...rest, '--epochs', 'sst2=1', '--learning-rate', 'head=0.01', '--out', out])).toBe(0);
    const table = readFileSync(join(out, 'table.md'), 'utf8');
    expect(table).toMatch(/^\| % \| head \|\n\| --- \| --: \|\n\| sst2, accuracy \| \d+\.\d ± \d+\.\d \|\n\n/);
    expect(table).toMatch(/\n\| sst2, head \| 0 1 \| 20 \/ 40 \| 1 \| 0\.01 \| [\d,]+ \| \d+ \|\n$/);
  });

  it.each([
    ['an unknown task', ['--tasks', 'stsb'], 2],
    ['an unknown strategy', ['--strategies', 'fusion'], 2],
    ['a number that is none', ['--seeds', 'one'], 2],
    ['epochs of an unknown task', ['--epochs', 'stsb=3'], 2],
    ['two numbers for one task', ['--epochs', 'sst2=1=2'], 2],
    ['no encoder', ['--model', 'nowhere'], 1],
  ])('%s: exit code', async (_, rest, code) => {
    expect(await main([...args, '--out', out, ...rest])).toBe(code);
    const said = code === 2 ? /^error USAGE: .*\nsee docs\/errors\.md#usage\n$/s : /^error FILE_NOT_FOUND: /;
    expect(process.stderr.write).toHaveBeenCalledWith(expect.stringMatching(said));
  });
});

it.each([
  ['full', 128, { learningRate: 3e-4, epochs: 3 }],
  ['full', 384, { learningRate: 1e-4, epochs: 3 }],
  ['full', 768, { learningRate: 3e-5, epochs: 3 }],
  ['st-a', 128, { learningRate: 1e-3, epochs: 6 }],
] as const)('settings of %s for a width of %i', (strategy, width, settings) => {
  expect(optionsFor(strategy, 'sst2', width, { pooling: 'mean' })).toMatchObject({ settings });
});

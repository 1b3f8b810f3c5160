import { openBackend } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate, fuse, inspect, load, prune, train, type RunEvent } from './index.js';
import { tinyTask } from './memory.spec.js';
import { checkMaxLength, trainedLength } from './trained-length.js';

const files = tinyTask();
const common = { files, backend: 'wasm' as const, model: 'encoder', data: 'rows.tsv' };
const settings = { epochs: 1, batchSize: 16, maxLength: 5 };
const cut = (rows: number, length: number): unknown =>
  expect.stringContaining(`${rows} inputs cut to ${length} tokens`);

async function all(run: AsyncIterable<RunEvent>): Promise<void> {
  for await (const event of run) void event;
}

/** The warnings of a call. */
async function warningsOf(call: (onWarning: (message: string) => void) => Promise<unknown>): Promise<string[]> {
  const warnings: string[] = [];
  await call((message) => warnings.push(message));
  return [...new Set(warnings)].filter((warning) => warning.includes('36 inputs cut to'));
}

beforeAll(async () => {
  await openBackend('wasm');
  for (const out of ['a', 'b']) await all(train({ ...common, settings, out, name: out }));
  await all(fuse({ ...common, settings, adapters: ['a', 'b'], out: 'fused', compare: false }));
});

describe('the length that a bundle was trained with', () => {
  it('is what its training record says, and nothing else', () => {
    expect(trainedLength({ settings: { maxLength: 32 } })).toBe(32);
    for (const training of [{}, { settings: {} }, { settings: { maxLength: 0 } }, { settings: { maxLength: 'x' } }])
      expect(trainedLength(training)).toBeUndefined();
    expect(checkMaxLength(undefined, 'predict')).toBeUndefined();
    expect(() => checkMaxLength(0, 'predict')).toThrow('predict.maxLength');
  });

  it('is used by predict, and gives way to an option', async () => {
    const warnings: string[] = [];
    const model = await load('a', { ...common, onWarning: (each) => warnings.push(each) });
    expect(model.maxLength).toBe(5);
    await model.predict(['sun rain snow cloud']);
    await model.predict(['sun rain snow cloud'], { maxLength: 6 });
    await model.predict(['sun rain snow cloud'], { maxLength: 4 });
    model.dispose();
    expect(warnings).toEqual([cut(1, 5), cut(1, 4)]);
  });

  it('is used by evaluate, inspect and prune, and gives way to an option', async () => {
    const options = { ...common, split: 'train' as const };
    const calls = {
      evaluate: (more: object) => evaluate('a', { ...options, ...more }),
      inspect: (more: object) => inspect('fused', { ...options, ...more }),
      prune: (more: object) => prune('fused', { ...options, out: 'pruned', overwrite: true, ...more }),
    };
    for (const call of Object.values(calls)) {
      expect(await warningsOf((onWarning) => call({ onWarning }))).toEqual([cut(36, 5)]);
      expect(await warningsOf((onWarning) => call({ onWarning, maxLength: 8 }))).toEqual([]);
      expect(await warningsOf((onWarning) => call({ onWarning, maxLength: 3 }))).toEqual([cut(36, 3)]);
    }
  });

  it('is the encoder’s for a bundle that does not say it', async () => {
    const at = 'a/adapterfusion.json';
    const manifest = JSON.parse(new TextDecoder().decode(files.held.get(at))) as { training: object };
    files.set('old/adapterfusion.json', JSON.stringify({ ...manifest, training: {} }));
    for (const name of files.below('a').filter((each) => each !== 'adapterfusion.json'))
      files.set(`old/${name}`, files.held.get(`a/${name}`)!);
    const model = await load('old', common);
    expect(model.maxLength).toBe(12);
    model.dispose();
  });
});

it('figures on rows that a bundle was trained on are marked', async () => {
  expect((await evaluate('a', { ...common, split: 'train' })).trainedOn).toBe(true);
  expect((await evaluate('a', common)).trainedOn).toBe(true);
  expect((await evaluate('a', { ...common, split: 'validation' })).trainedOn).toBe(false);
  files.set('other.tsv', new TextDecoder().decode(files.held.get('rows.tsv')));
  expect((await evaluate('a', { ...common, data: 'other.tsv' })).trainedOn).toBe(false);
  expect((await inspect('a', { ...common, split: 'train' })).data!.trainedOn).toBe(true);
  const pruned = await prune('fused', { ...common, split: 'validation', out: 'pruned', overwrite: true });
  expect(pruned.trainedOn).toBe(false);
});

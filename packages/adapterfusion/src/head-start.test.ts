import { parseManifest } from '@adapterfusion/checkpoint';
import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, expect, it } from 'vitest';
import { fuse, train, type RunEvent, type TrainOptions } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const settings = { epochs: 2, batchSize: 8, seed: 3, checkpointEvery: 1 };
const head = { pooling: 'mean', dropout: 0 };
const common = { files, backend: 'wasm' as const, model: 'encoder', data: 'rows.tsv', settings, head, out: 'out' };

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}
const run = (options: Partial<TrainOptions> = {}) => all(train({ ...common, overwrite: true, ...options }));
/** Accuracy of a head that a learning rate of next to nothing leaves as it started. */
const still = { ...settings, learningRate: 1e-12 };
const accuracyOf = (events: readonly RunEvent[]): number =>
  events.find((event) => event.type === 'saved')!.metrics['accuracy'] ?? NaN;
const manifest = (out: string) => parseManifest(files.held.get(`${out}/adapterfusion.json`)!, out);
const layersOf = (out: string): unknown => Object.values(manifest(out).heads)[0]!.options['layers'];
const bytesOf = (out: string): unknown => manifest(out).files;

beforeAll(async () => {
  await openBackend('wasm');
});

it.each(['st-a', 'head'])('%s starts from a classifier, unless the head starts at random', async (strategy) => {
  const before = tensorCount();
  const given = { strategy, settings: still, measureOn: 'train' } as const;
  expect(accuracyOf(await run(given))).toBe(1);
  expect(layersOf('out')).toBe(1);
  expect(accuracyOf(await run({ ...given, headStart: 'random' }))).toBeLessThan(0.9);
  expect(layersOf('out')).toBe(2);
  expect(tensorCount()).toBe(before);
});

it('a fusion starts from a classifier', async () => {
  await run({ out: 'a', name: 'a' });
  await run({ out: 'b', name: 'b', settings: { ...settings, seed: 4 } });
  const options = { ...common, settings: still, adapters: ['a', 'b'], fusion: 'attention', out: 'fused' };
  const measured = { measureOn: 'train', compare: false, overwrite: true } as const;
  expect(accuracyOf(await all(fuse({ ...options, ...measured })))).toBe(1);
  expect(layersOf('fused')).toBe(1);
  expect(accuracyOf(await all(fuse({ ...options, ...measured, headStart: 'random' })))).toBeLessThan(0.9);
});

it('so do adapters of several tasks on a frozen encoder, not those that train together with the encoder', async () => {
  files.set('more.tsv', new TextDecoder().decode(files.held.get('rows.tsv')));
  const several = { data: ['rows.tsv', 'more.tsv'], settings: still, measureOn: 'train' } as const;
  const events = await run({ ...several, out: 'both', strategy: 'mt-a[encoder=frozen]' });
  expect(events.flatMap((event) => (event.type === 'saved' ? Object.values(event.metrics) : []))).toEqual([1, 1, 1, 1]);
  await run({ ...several, out: 'one', strategy: 'multi-task' });
  expect(layersOf('one')).toBe(2);
});

it('an interrupted run ends with the same bytes', async () => {
  await run({ out: 'whole' });
  const stop = new AbortController();
  for await (const event of train({ ...common, out: 'cut', signal: stop.signal }))
    if (event.type === 'step' && event.step === 2) stop.abort();
  await expect(run({ out: 'cut', headStart: 'random', head: { ...head, layers: 1 } })).rejects.toMatchObject({
    code: 'RESUME_REFUSED',
  });
  const rest = await run({ out: 'cut' });
  expect(rest.find(({ type }) => type === 'start')).toMatchObject({ resumedAt: 2 });
  expect(bytesOf('cut')).toEqual(bytesOf('whole'));
});

it('a head of two layers starts at random, and cannot be asked to start fitted', async () => {
  const events = await run({ head: { ...head, layers: 2 }, settings: still, measureOn: 'train' });
  expect(accuracyOf(events)).toBeLessThan(0.9);
  await expect(run({ head: { ...head, layers: 2 }, headStart: 'fitted' })).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    at: 'headStart',
  });
  await expect(run({ strategy: 'full', headStart: 'fitted' })).rejects.toMatchObject({ at: 'headStart' });
});

it('the head can be fitted again after training', async () => {
  await run({ out: 'once' });
  await run({ out: 'twice', refitHead: true });
  expect(bytesOf('twice')).not.toEqual(bytesOf('once'));
});

it('the rows that were trained on are recorded', async () => {
  const hash = (out: string): unknown => manifest(out).training['trainRowsSha256'];
  await run({ out: 'x', trainRows: 20 });
  await run({ out: 'y', trainRows: 20, strategy: 'head' });
  await run({ out: 'z', trainRows: 22 });
  expect(hash('x')).toMatch(/^[0-9a-f]{64}$/);
  expect(hash('y')).toBe(hash('x'));
  expect(hash('z')).not.toBe(hash('x'));
});

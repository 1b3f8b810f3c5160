import { openBackend } from '@adapterfusion/tensor';
import { beforeAll, expect, it } from 'vitest';
import { baseline, fuse, train, type RunEvent, type TrainOptions } from './index.js';
import { tinyTask, type MemoryFiles } from './memory.spec.js';

const PLACE = '1_Pooling/config.json';
const settings = { epochs: 1, batchSize: 16 };

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

/** Trains, and says the pooling of the data event and of the bundle's head. */
async function poolingOf(files: MemoryFiles, options: Partial<TrainOptions> = {}) {
  const common = { files, backend: 'wasm' as const, model: 'encoder', data: 'rows.tsv', out: 'bundle', settings };
  const warnings: string[] = [];
  const events = await all(
    train({ ...common, name: 'bundle', overwrite: true, onWarning: (each) => warnings.push(each), ...options }),
  );
  const out = options.out ?? 'bundle';
  const manifest = JSON.parse(new TextDecoder().decode(files.held.get(`${out}/adapterfusion.json`))) as {
    heads: { [name: string]: { options: { pooling: string } } };
    files: object;
  };
  const data = events.find(({ type }) => type === 'data') as Extract<RunEvent, { type: 'data' }>;
  const head = manifest.heads['bundle']!.options.pooling;
  return {
    event: data.pooling,
    head,
    files: Object.keys(manifest.files),
    warnings: warnings.filter((each) => each.includes('pooling')),
  };
}

beforeAll(async () => {
  await openBackend('wasm');
});

const mean = JSON.stringify({ pooling_mode_cls_token: false, pooling_mode_mean_tokens: true });

it('heads pool as the encoder was trained, unless an option says otherwise', async () => {
  const files = tinyTask();
  expect(await poolingOf(files)).toMatchObject({ event: 'cls', head: 'cls', warnings: [] });
  files.set(`encoder/${PLACE}`, mean);
  expect(await poolingOf(files)).toMatchObject({ event: 'mean', head: 'mean', warnings: [] });
  expect(await poolingOf(files, { head: { layers: 1 } })).toMatchObject({ event: 'mean', head: 'mean' });
  expect(await poolingOf(files, { head: { pooling: 'cls' } })).toMatchObject({ event: 'cls', head: 'cls' });
});

it('fusions and baselines pool as the encoder was trained', async () => {
  const files = tinyTask();
  files.set(`encoder/${PLACE}`, mean);
  await poolingOf(files);
  const common = { files, backend: 'wasm' as const, model: 'encoder', data: 'rows.tsv', settings };
  const events = await all(fuse({ ...common, adapters: ['bundle'], out: 'fused', compare: false }));
  expect(events.find(({ type }) => type === 'data')).toMatchObject({ pooling: 'mean' });
  expect((await baseline({ ...common, method: 'majority' })).data.pooling).toBe('mean');
});

it('warns of a pooling that heads do not have, unless an option names one', async () => {
  const files = tinyTask();
  files.set(`encoder/${PLACE}`, JSON.stringify({ pooling_mode_mean_tokens: false, pooling_mode_max_tokens: true }));
  const { head, warnings } = await poolingOf(files);
  expect(head).toBe('cls');
  expect(warnings).toEqual([expect.stringContaining('it names the pooling max_tokens')]);
  expect((await poolingOf(files, { head: { pooling: 'mean' } })).warnings).toEqual([]);
});

it('a bundle that carries its encoder carries the pooling, also as an encoder of others', async () => {
  const files = tinyTask();
  files.set(`encoder/${PLACE}`, mean);
  const tuned = await poolingOf(files, { strategy: 'full', out: 'tuned' });
  expect(tuned.files).toContain(PLACE);
  expect(await poolingOf(files, { model: 'tuned' })).toMatchObject({ event: 'mean', head: 'mean' });
});

import { hash32 } from '@adapterfusion/contracts';
import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { fuse, train, type FuseOptions, type RunEvent } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const WORDS = ['sun', 'rain', 'cloud', 'snow', 'cat', 'dog', 'fox', 'hen'];
const settings = { epochs: 1, batchSize: 8, seed: 3, checkpointEvery: 0 };
const common = { files, backend: 'wasm' as const, model: 'encoder', settings, head: { pooling: 'mean', dropout: 0 } };
const memorise = { ...settings, epochs: 50, learningRate: 2e-2 };

/** Texts of random words with random labels: there is nothing to learn but the rows themselves. */
function randomRows(count: number): string {
  const lines = Array.from({ length: count }, (_, row) => {
    const words = [0, 1, 2, 3, 4].map((at) => WORDS[hash32(11, row, at) % WORDS.length]!);
    return `${words.join(' ')}\t${row % 2 === 0 ? 'yes' : 'no'}`;
  });
  return `text\tlabel\n${lines.join('\n')}\n`;
}

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}
const tableOf = (events: readonly RunEvent[]) => events.find((event) => event.type === 'table')!;
const fused = async (options: Partial<FuseOptions> = {}) =>
  tableOf(
    await all(
      fuse({
        ...common,
        data: 'random.tsv',
        adapters: ['own', 'other'],
        out: 'fused',
        overwrite: true,
        compare: 'linear',
        ...options,
      }),
    ),
  );

beforeAll(async () => {
  await openBackend('wasm');
  files.set('random.tsv', randomRows(28));
  await all(train({ ...common, data: 'rows.tsv', name: 'other', out: 'other' }));
  const own = { ...common, settings: memorise, data: 'random.tsv', adapter: 'seq_bn[reduction_factor=1]', name: 'own' };
  await all(train({ ...own, measureOn: 'train', out: 'own' }));
});

describe('an own adapter that has memorised its training rows', () => {
  it('does not raise a cross-validated value: it is trained again without the rows of each fold', async () => {
    const before = tensorCount();
    const { table, singles } = await fused({ measureOn: 'train' });
    expect(tensorCount()).toBe(before);
    expect(table.find(({ method }) => method === 'own-adapter')!.metrics['accuracy']).toBeGreaterThan(0.75);
    const own = singles.find(({ adapter }) => adapter === 'own')!;
    // The others do not depend on the adapter.
    const using = table.filter(({ group, method }) => group === 'adapters' || method === 'own-adapter');
    for (const row of [own, ...using])
      if (row.logLoss !== undefined) expect(row.logLoss, row.name).toBeGreaterThan(0.6);
  });

  it('is not trusted by a fusion that trains on its outputs, which sees each row with an adapter that has not', async () => {
    const trained = {
      fusion: 'scaling[per=number]',
      compare: true,
      settings: { ...settings, epochs: 40, learningRate: 2e-2 },
    };
    /** How much more the own adapter counts than the other one. */
    const trust = ({ attention }: Awaited<ReturnType<typeof fused>>): number => {
      const { adapters, sites } = attention!;
      const mean = (name: string): number =>
        sites.reduce((sum, { weights }) => sum + weights[adapters.indexOf(name)]! / sites.length, 0);
      return mean('own') - mean('other');
    };
    const before = tensorCount();
    const crossFitted = trust(await fused(trained));
    expect(tensorCount()).toBe(before);
    const seen = trust(await fused({ ...trained, own: [] }));
    expect(seen).toBeGreaterThan(0.05);
    expect(crossFitted).toBeLessThan(seen / 2);
  });

  it('is recognised by its name where its bundle does not say so', async () => {
    const path = 'own/adapterfusion.json';
    const manifest = JSON.parse(new TextDecoder().decode(files.held.get(path))) as { training: object };
    const whole = files.held.get(path)!;
    files.set(path, JSON.stringify({ ...manifest, training: { ...manifest.training, trainRowsSha256: 'another' } }));
    const seen = (await fused()).singles.find(({ adapter }) => adapter === 'own')!;
    const unseen = (await fused({ own: ['own'] })).singles.find(({ adapter }) => adapter === 'own')!;
    files.set(path, whole);
    // This is the inflated value.
    expect(seen.logLoss).toBeLessThan(0.5);
    expect(unseen.logLoss).toBeGreaterThan(0.6);
    await expect(fused({ own: ['nobody'] })).rejects.toMatchObject({ code: 'OPTIONS_INVALID', at: 'own' });
  });
});

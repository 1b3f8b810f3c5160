import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { parseManifest } from '@adapterfusion/checkpoint';
import { openBackend } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate, fuse, load, train, type RunEvent, type TrainOptions } from './index.js';
import { MemoryFiles, tinyTask } from './memory.spec.js';

const files = tinyTask();
const settings = { epochs: 1, batchSize: 8, seed: 3 };
const common = { files, backend: 'wasm' as const, model: 'encoder', settings, head: { pooling: 'mean' } };

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

const dataOf = (events: readonly RunEvent[]) => events.find((event) => event.type === 'data');
const bundle = (out: string) => parseManifest(files.held.get(`${out}/adapterfusion.json`)!, out);
const run = (options: Partial<TrainOptions>) =>
  all(train({ ...common, data: 'rows.tsv', out: 'out', overwrite: true, ...options }));

beforeAll(async () => {
  await openBackend('wasm');
});

describe('rows that come with a package', () => {
  const folder = dirname(createRequire(import.meta.url).resolve('sentiment/package.json'));
  const fixture = 'test/fixtures/imdb.json';
  const film = { data: 'reviews-films', settings: { ...settings, batchSize: 64, maxLength: 6 } };

  /** The same files, where packages can be found. */
  const withPackages = (found: Record<string, string>): MemoryFiles =>
    Object.assign(new MemoryFiles(), {
      held: new Map([...files.held, [`installed/${fixture}`, readFileSync(`${folder}/${fixture}`)]]),
      packageFolder: (name: string, from?: string) => Promise.resolve(found[from ? `${from}>${name}` : name]),
    });

  it('need no folder', async () => {
    const node = withPackages({ '@adapterfusion/dataset-reviews>sentiment': 'installed' });
    const events = await run({ ...film, files: node });
    expect(dataOf(events)).toMatchObject({ name: 'reviews-films', train: 596, validation: 100 });
    // A folder of that name is not the task.
    node.set('reviews-films/notes.txt', '');
    const report = await evaluate('out', { files: node, backend: 'wasm', data: 'reviews-films', split: 'test' });
    expect(report).toMatchObject({ data: 'reviews-films', rows: 300 });
  });

  it('can be named all the same', async () => {
    const node = withPackages({});
    const events = await run({ ...film, files: node, dataDir: 'installed/test' });
    expect(dataOf(events)).toMatchObject({ name: 'reviews-films', train: 596 });
  });

  it('are asked for where packages cannot be found', async () => {
    const message = 'expected the folder that holds the files of the task "reviews-films"; got nothing. Name it';
    for (const without of [files, withPackages({})]) {
      const refused = run({ ...film, files: without });
      await expect(refused).rejects.toMatchObject({ code: 'OPTIONS_INVALID', at: 'dataDir' });
      await expect(refused).rejects.toThrow(message);
    }
  });

  it('an encoder is found by its package, under which the bundle names it', async () => {
    const node = withPackages({ '@someone/encoder': 'encoder' });
    await run({ files: node, model: '@someone/encoder' });
    const { backbone } = parseManifest(node.held.get('out/adapterfusion.json')!, 'out');
    expect(backbone.id).toBe('@someone/encoder');
    const model = await load('out', { files: node, backend: 'wasm' });
    expect(await model.predict(['sun'])).toHaveLength(1);
    model.dispose();
    await expect(run({ model: '@someone/encoder' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

describe('a part of the training rows', () => {
  it('is stratified, follows the seed, and is written down', async () => {
    const events = await run({ trainRows: 9 });
    expect(dataOf(events)).toMatchObject({ train: 9, available: 36, validation: 4, baseline: { value: 0.5 } });
    expect(bundle('out').training).toMatchObject({ trainRows: 9, availableRows: 36 });
    const weights = (): unknown => bundle('out').files;
    const first = weights();
    await run({ trainRows: 9 });
    expect(weights()).toEqual(first);
    await run({ trainRows: 10 });
    expect(weights()).not.toEqual(first);
  });

  it('makes another run of it', async () => {
    const stop = new AbortController();
    for await (const event of train({ ...common, data: 'rows.tsv', out: 'cut', trainRows: 20, signal: stop.signal }))
      if (event.type === 'step') stop.abort();
    const other = all(train({ ...common, data: 'rows.tsv', out: 'cut', trainRows: 21 }));
    await expect(other).rejects.toMatchObject({ code: 'RESUME_REFUSED' });
    const reseeded = { ...settings, seed: 4 };
    const drawn = all(train({ ...common, data: 'rows.tsv', out: 'cut', trainRows: 20, settings: reseeded }));
    await expect(drawn).rejects.toThrow(/settings\.seed = 3; rows = /);
    const rest = await all(train({ ...common, data: 'rows.tsv', out: 'cut', trainRows: 20 }));
    expect(rest.find(({ type }) => type === 'start')).toMatchObject({ resumedAt: 1 });
  });

  it.each([1, 37, 2.5])('is refused when it is %d of 36 rows with two labels', async (trainRows) => {
    const refused = run({ trainRows });
    await expect(refused).rejects.toMatchObject({ code: 'OPTIONS_INVALID', at: 'trainRows' });
    await expect(refused).rejects.toThrow('expected a whole number from 2, one row for every label, to 36');
  });
});

describe('the rows that are measured on', () => {
  const measured = { dataOptions: { validation: 0.2, test: 0.3 } };

  it('are those that were asked for, everywhere', async () => {
    await run({ ...measured, measureOn: 'test', name: 'a', out: 'a' });
    const metrics = (out: string): unknown[] =>
      bundle(out)
        .metrics.map(({ data, rows }) => `${data}: ${rows}`)
        .slice(0, 1);
    expect(metrics('a')).toEqual(['rows.tsv, test: 12']);
    await run({ ...measured, name: 'b', out: 'b' });
    expect(metrics('b')).toEqual(['rows.tsv, validation: 8']);
    const task = { ...common, ...measured, data: 'rows.tsv', measureOn: 'test' as const };
    const events = await all(fuse({ ...task, out: 'fused', adapters: ['a', 'b'], fusion: 'attention' }));
    expect(dataOf(events)).toMatchObject({ measured: { split: 'test', rows: 12 }, train: 20, validation: 8 });
    const saved = events.find((event) => event.type === 'saved')!;
    const { encoder, adapters, fusions, heads } = saved.parameters;
    expect(saved.stored).toBe(adapters + fusions + heads);
    expect([adapters % 2, fusions > 0, heads > 0, encoder > adapters]).toEqual([0, true, true, true]);
    expect(metrics('fused')).toEqual(['rows.tsv, test: 12']);
    const table = events.at(-1)!;
    if (table.type !== 'table') throw new Error(`the last event is ${table.type}`);
    expect(table).toMatchObject({ data: 'rows.tsv', split: 'test', rows: 12 });
    const own = ['majority', 'tfidf', 'probe', 'head', 'own-adapter'].map((method) => `own ${method}`);
    const more = ['single', 'average', 'scaling', 'attention'].map((method) => `adapters ${method}`);
    expect(table.table.map(({ group, method }) => `${group} ${method}`)).toEqual([...own, ...more]);
    expect(table.singles.map(({ adapter, method }) => [adapter, method])).toEqual([
      ['a', 'single'],
      ['b', 'single'],
    ]);
    const best = table.singles.reduce((a, b) => (b.chosenBy > a.chosenBy ? b : a));
    const row = (method: string) => table.table.find((each) => each.method === method)!;
    expect(row('single')).toMatchObject({ name: `best single adapter (${best.adapter})`, metrics: best.metrics });
    expect(row('attention')).toMatchObject({ saved: true, metrics: saved.metrics });
    const losses = table.table.flatMap(({ logLoss }) => (logLoss === undefined ? [] : [logLoss]));
    expect(losses.every((loss) => loss > 0)).toBe(true);
    expect(table.table.filter((each) => each.best).map(({ logLoss }) => logLoss)).toEqual([Math.min(...losses)]);
    expect(table.metric).toBe('accuracy');
    expect(Object.keys(row('probe').metrics)).toEqual(['accuracy', 'macro-f1']);
    // Both were trained on these rows: they are no sources.
    expect(row('own-adapter').name).toBe('own adapter (a)');
    expect(row('majority')).toMatchObject({ oneClass: 'animal' });
    for (const { metrics } of [...table.table, ...table.singles])
      expect((metrics['accuracy']! * 12) % 1).toBeCloseTo(0, 9);
  });

  it('the best adapter is the one whose own features tell training rows apart', async () => {
    await run({ name: 'good', out: 'good' });
    const ruin = { ...settings, epochs: 4, learningRate: 100 };
    await run({ name: 'ruined', out: 'ruined', settings: ruin });
    for (const adapters of [
      ['good', 'ruined'],
      ['ruined', 'good'],
    ]) {
      const judged = { ...common, data: 'rows.tsv', out: 'judged', overwrite: true, adapters };
      const events = await all(fuse({ ...judged, compare: 'linear' }));
      const table = events.at(-1)!;
      if (table.type !== 'table') throw new Error(`the last event is ${table.type}`);
      const [good, ruined] = ['good', 'ruined'].map((name) => table.singles.find(({ adapter }) => adapter === name)!);
      expect(good!.chosenBy).toBeGreaterThan(ruined!.chosenBy);
      expect(table.table.find(({ method }) => method === 'single')!.name).toBe('best single adapter (good)');
    }
  });

  it('one adapter has no average, and nothing to be mixed with', async () => {
    const warnings: string[] = [];
    const onWarning = (message: string): unknown => warnings.push(message);
    const events = await all(
      fuse({ ...common, data: 'rows.tsv', out: 'one', adapters: ['a'], onWarning, compare: 'linear' }),
    );
    const own = warnings.filter((each) => !each.startsWith('rows.tsv: '));
    expect(own).toEqual(['a: a fusion of one adapter always weighs it with 1; add other adapters.']);
    const table = events.at(-1)!;
    const methods = table.type === 'table' && table.table.map(({ method }) => method);
    expect(methods).toEqual([...['majority', 'tfidf', 'probe', 'head', 'source-heads', 'single', 'average']]);
  });

  it('are not measured after every epoch where nobody wants it', async () => {
    const events = await run({ ...measured, validate: false, out: 'quiet' });
    expect(dataOf(events)).toMatchObject({ validation: 0, measured: { split: 'validation', rows: 8 } });
    expect(events.filter(({ type }) => type === 'evaluation')).toEqual([]);
    expect(bundle('quiet').metrics[0]).toMatchObject({ data: 'rows.tsv, validation', rows: 8 });
    const best = run({ validate: false, settings: { ...settings, keep: 'best' } });
    await expect(best).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });

  it('must be there', async () => {
    const refused = run({ measureOn: 'test' });
    await expect(refused).rejects.toThrow(
      'measureOn: expected a split that rows.tsv has: train, validation; got "test"',
    );
  });
});

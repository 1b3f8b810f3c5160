import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { fuse, train, type FuseOptions, type RunEvent } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const settings = { epochs: 2, batchSize: 8, seed: 3, checkpointEvery: 0 };
const common = { files, backend: 'wasm' as const, model: 'encoder', settings, head: { pooling: 'mean', dropout: 0 } };
const text = (path: string): string => new TextDecoder().decode(files.held.get(path));

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}
async function tableOf(options: Partial<FuseOptions>) {
  const given = { ...common, data: 'rows.tsv', adapters: ['a', 'b'], out: 'fused', overwrite: true };
  return (await all(fuse({ ...given, compare: 'linear', ...options }))).find((event) => event.type === 'table')!;
}
const methods = ({ table }: Awaited<ReturnType<typeof tableOf>>): string[] => table.map(({ method }) => method);

beforeAll(async () => {
  await openBackend('wasm');
  const [head, ...lines] = text('rows.tsv').trim().split('\n');
  files.set('source.tsv', [head, ...lines.slice(0, 30), ''].join('\n'));
  files.set('other.tsv', [head, ...lines.slice(1, 32), ''].join('\n'));
  const numbers = text('source.tsv').replaceAll('weather', '1').replaceAll('animal', '0');
  files.set('numbers.tsv', numbers);
  files.set(
    'rare.tsv',
    [head, ...lines.filter((line, row) => line.endsWith('weather') || row % 6 === 1), ''].join('\n'),
  );
  // The labels of the second source come in the other order.
  const labels: Record<string, object> = { b: { labels: ['weather', 'animal'] } };
  for (const [name, data] of Object.entries({ a: 'source.tsv', b: 'other.tsv', n: 'numbers.tsv' }))
    await all(train({ ...common, data, dataOptions: { validation: 0, ...labels[name] }, name, out: name }));
});

describe('heads of related adapters', () => {
  it('are used where the names of the labels agree', async () => {
    const before = tensorCount();
    const found = await tableOf({});
    expect(tensorCount()).toBe(before);
    expect(methods(found).slice(4, 6)).toEqual(['source-heads', 'pooled-heads']);
    for (const row of found.table.slice(4, 6)) {
      expect(row).toMatchObject({ group: 'adapters', trained: 0, metrics: { accuracy: 1 } });
      expect(row.logLoss).toBeLessThan(0.5);
    }
  });

  it('are not where they are numbers or have other names, unless they are said to be the same', async () => {
    expect(methods(await tableOf({ adapters: ['a', 'n'] }))).not.toContain('pooled-heads');
    const same = await tableOf({ adapters: ['a', 'n'], sameLabels: true });
    expect(methods(same)).toContain('pooled-heads');
    expect(same.table.find(({ method }) => method === 'pooled-heads')!.metrics['accuracy']).toBe(1);
    const numbers = await tableOf({ adapters: ['n', 'b'], data: 'numbers.tsv' });
    expect(methods(numbers)).not.toContain('source-heads');
  });

  it('with another pooling are computed apart, with the same result', async () => {
    const cls = { pooling: 'cls', dropout: 0 };
    const row = (table: Awaited<ReturnType<typeof tableOf>>) =>
      table.table.find(({ method }) => method === 'source-heads')!;
    const [shared, apart] = [row(await tableOf({})), row(await tableOf({ head: cls }))];
    expect(apart.metrics).toEqual(shared.metrics);
    expect(apart.logLoss).toBeCloseTo(shared.logLoss!, 4);
  });
});

describe('rows of others', () => {
  it('give reference lines that are never called the best', async () => {
    const before = tensorCount();
    const found = await tableOf({ otherRows: ['other.tsv'], compare: true, dataOptions: { validation: 0.2 } });
    expect(tensorCount()).toBe(before);
    const lines = found.table.filter(({ group }) => group === 'others');
    expect(lines.map(({ method }) => method)).toEqual(['pooled-probe', 'pooled-adapter']);
    for (const row of lines) expect(row).toMatchObject({ name: expect.stringContaining('with 25 rows of others') });
    for (const { metrics, best } of lines) expect([metrics['accuracy'], best]).toEqual([1, undefined]);
    const linear = await tableOf({ otherRows: ['other.tsv'] });
    expect(methods(linear).at(-1)).toBe('pooled-probe');
  });

  it('count with their labels by name, whatever their order', async () => {
    // Rows of one class by the target, and of the other by others, in the reverse order of labels.
    const [head, ...lines] = text('rows.tsv').trim().split('\n');
    const reversed = lines.map((line) =>
      line.replace('weather', 'x').replace('animal', 'weather').replace('x', 'animal'),
    );
    files.set('wrong.tsv', [head, ...reversed, ...reversed, ...reversed, ''].join('\n'));
    const right = await tableOf({ otherRows: ['other.tsv'] });
    const wrong = await tableOf({ otherRows: ['wrong.tsv'] });
    const accuracy = ({ table }: typeof right): number => table.at(-1)!.metrics['accuracy']!;
    expect(accuracy(right)).toBe(1);
    expect(accuracy(wrong)).toBeLessThan(0.5);
  });

  it('with other labels are refused before anything is written', async () => {
    await expect(tableOf({ otherRows: ['numbers.tsv'], out: 'refused' })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      at: 'otherRows',
    });
    expect(files.below('refused')).toEqual([]);
    await expect(tableOf({ otherRows: ['missing.tsv'], out: 'refused' })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });
});

it('the metric follows the training rows, and both are in every row', async () => {
  const found = await tableOf({ data: 'rare.tsv', measureOn: 'train' });
  expect(found.metric).toBe('macro-f1');
  for (const { metrics } of found.table) expect(Object.keys(metrics)).toEqual(['accuracy', 'macro-f1']);
  const majority = found.table[0]!;
  expect(majority.oneClass).toBe('weather');
  expect(majority.metrics['accuracy']).toBeGreaterThan(majority.metrics['macro-f1']!);
});

it('what is saved is one row of the table, measured by the bundle', async () => {
  const average = await tableOf({ fusion: 'average', compare: true });
  expect(average.table.filter(({ saved }) => saved).map(({ method }) => method)).toEqual(['average']);
  expect(methods(average).filter((method) => method === 'average')).toHaveLength(1);
  const scaling = await tableOf({ fusion: 'scaling', compare: true });
  expect(scaling.table.filter(({ saved }) => saved).map(({ method }) => method)).toEqual(['scaling']);
  expect(methods(scaling)).toContain('average');
  // Other fusions are trained for the table, what is saved is not trained again.
  for (const table of [average, scaling])
    for (const method of ['scaling', 'attention'])
      expect(methods(table).filter((each) => each === method)).toHaveLength(1);
});

it('linear rows do not depend on which fusion was trained', async () => {
  const [one, two] = [
    await tableOf({ fusion: 'scaling' }),
    await tableOf({ fusion: 'attention', head: { ...common.head } }),
  ];
  const linear = ({ table }: typeof one) => table.filter(({ method }) => !['scaling', 'attention'].includes(method));
  expect(linear(one)).toEqual(linear(two));
  expect(one.singles).toEqual(two.singles);
});

it('train ends with the methods that need no adapter, where that is asked for', async () => {
  const before = tensorCount();
  const given = { ...common, data: 'rows.tsv', name: 'alone', out: 'alone', overwrite: true };
  const events = await all(train({ ...given, compare: true }));
  expect(tensorCount()).toBe(before);
  const found = events.find((event) => event.type === 'table')!;
  expect(found.table.map(({ method }) => method)).toEqual(['majority', 'tfidf', 'probe', 'head', 'own-adapter']);
  expect(found.table.every(({ group }) => group === 'own')).toBe(true);
  expect(found.attention).toBeUndefined();
  const saved = events.find((event) => event.type === 'saved')!;
  expect(found.table.at(-1)).toMatchObject({ saved: true, metrics: { accuracy: saved.metrics['accuracy'] } });
  expect((await all(train(given))).some(({ type }) => type === 'table')).toBe(false);
});

it('answers are in the table where they are asked for', async () => {
  const [silent, told] = [await tableOf({}), await tableOf({ answers: true })];
  expect(silent.table.some(({ predictions }) => predictions)).toBe(false);
  for (const { predictions } of [...told.table, ...told.singles]) expect(predictions).toHaveLength(told.rows);
});

it('kept features give the same table; what has changed and what is damaged is computed again', async () => {
  const folder = (): string[] => [...files.held.keys()].filter((path) => path.startsWith('kept/'));
  const fresh = await tableOf({});
  const first = await tableOf({ featureCache: 'kept' });
  const [place] = folder();
  expect(await tableOf({ featureCache: 'kept' })).toEqual(first);
  expect(first).toEqual(fresh);
  const whole = files.held.get(place!)!;
  const damaged = whole.slice();
  damaged[damaged.length - 1]! ^= 1;
  files.held.set(place!, damaged);
  expect(await tableOf({ featureCache: 'kept' })).toEqual(first);
  expect(files.held.get(place!)).toEqual(whole);
  await tableOf({ featureCache: 'kept', adapters: ['b', 'a'] });
  expect(folder()).toHaveLength(2);
});

it('the metric that is asked for decides, where it fits the task', async () => {
  expect((await tableOf({ metric: 'matthews' })).metric).toBe('matthews');
  for (const metric of ['pearson', 'loss'])
    await expect(tableOf({ metric })).rejects.toMatchObject({ code: 'OPTIONS_INVALID', at: 'metric' });
});

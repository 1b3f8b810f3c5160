import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows, writeEncoder } from './tiny.spec.js';
import { baseline, fingerprintData, fingerprintEncoder, fuse, train, type Measured, type RunEvent } from './node.js';

const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-baseline-'));
const at = (name: string): string => join(folder, name);
const common = {
  ...({ model: at('encoder'), backend: 'wasm', data: at('rows.tsv'), head: { pooling: 'mean' } } as const),
  settings: { epochs: 2, learningRate: 1e-2, maxLength: 16 },
};

beforeAll(async () => {
  writeEncoder(at('encoder'), 1);
  writeFileSync(at('rows.tsv'), rows(60, 2));
  await openBackend('wasm');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function drain(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}
const share = ({ truth, predictions }: Measured): number =>
  truth.filter((label, row) => label === predictions[row]).length / truth.length;

describe('what is measured', () => {
  it('held-out rows are part of the training rows, and take the place of the validation rows', async () => {
    let told: Measured | undefined;
    const given = { ...common, holdOut: 0.25, trainRows: 40, out: at('held') };
    const events = await drain(train({ ...given, measureOn: 'held-out', onMeasured: (found) => (told = found) }));
    const data = events.find(({ type }) => type === 'data');
    expect(data).toMatchObject({ train: 30, validation: 10, measured: { split: 'held-out', rows: 10 } });
    const last = events.findLast(({ type }) => type === 'evaluation');
    const saved = events.find(({ type }) => type === 'saved');
    expect(saved).toMatchObject({ metrics: (last as { metrics: object }).metrics });
    expect(told).toMatchObject({ split: 'held-out', labels: ['fruit', 'tool'] });
    expect(share(told!)).toBeCloseTo((saved as unknown as { metrics: { accuracy: number } }).metrics.accuracy, 9);
    for (const holdOut of [0, 1])
      await expect(drain(train({ ...given, holdOut, out: at('x') }))).rejects.toThrow(/holdOut/);
    const { holdOut: _, ...without } = given;
    await expect(drain(train({ ...without, measureOn: 'held-out', out: at('x') }))).rejects.toThrow(/measureOn/);
  });

  it('baselines are measured without a bundle, and tell their answers', async () => {
    await drain(train({ ...common, name: 'a', out: at('a') }));
    await drain(train({ ...common, name: 'b', out: at('b'), settings: { ...common.settings, seed: 1 } }));
    const adapters = [at('a'), at('b')];
    const told: Measured[] = [];
    const onMeasured = (found: Measured): unknown => told.push(found);
    const options = {
      ...common,
      adapters,
      out: at('fused'),
      fusion: 'attention',
      onMeasured,
      compare: 'linear' as const,
    };
    const events = await drain(fuse(options));
    const table = events.find((event) => event.type === 'table')!;
    expect(told.pop()!.attention).toEqual(table.attention);
    const kept = { ...options, featureCache: at('features'), overwrite: true, onMeasured: () => undefined };
    for (const _ of ['computed', 'read'])
      expect((await drain(fuse(kept))).find((event) => event.type === 'table')).toEqual(table);
    const before = tensorCount();
    for (const method of ['majority', 'embedding', 'average'] as const) {
      const found = await baseline({ ...common, method, adapters, onMeasured });
      expect(share(told.pop()!)).toBeCloseTo(found.metrics['accuracy']!, 9);
      expect(found.trained > 0).toBe(method !== 'majority');
    }
    expect(tensorCount()).toBe(before);
    await expect(baseline({ ...common, method: 'average' })).rejects.toThrow(/at least one adapter/);
    await expect(baseline({ ...common, method: 'averge' as never })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining('one of majority, embedding, average; got "averge"') as string,
    });
  });
});

describe('fingerprints', () => {
  it('are those of the rows', async () => {
    const first = await fingerprintData(common);
    expect(await fingerprintData(common)).toEqual(first);
    expect(first.splits.train!.labels.reduce((sum, count) => sum + count, 0)).toBe(first.splits.train!.rows);
    writeFileSync(at('other.tsv'), rows(60, 2).replace('apple', 'pear'));
    const other = await fingerprintData({ data: at('other.tsv') });
    expect(other.splits).not.toEqual(first.splits);
    expect(other.labels).toEqual(first.labels);
  });

  it('are those of the weights', async () => {
    const { sha256, config } = await fingerprintEncoder(at('encoder'));
    expect(config['hidden_size']).toBe(32);
    writeEncoder(at('encoder-2'), 1);
    expect((await fingerprintEncoder(at('encoder-2'))).sha256).toBe(sha256);
    writeEncoder(at('encoder-2'), 2);
    expect((await fingerprintEncoder(at('encoder-2'))).sha256).not.toBe(sha256);
  });
});

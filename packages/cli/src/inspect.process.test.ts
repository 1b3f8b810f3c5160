import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fuse, inspect, train, type RunEvent } from 'adapterfusion';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { main } from './main.js';
import { rows, writeEncoder } from '../../adapterfusion/src/tiny.spec.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-inspect-'));
const at = (name: string): string => join(folder, name);
const common = {
  ...({ model: at('encoder'), backend: 'wasm', data: at('rows.tsv'), head: { pooling: 'mean' } } as const),
  settings: { epochs: 4, learningRate: 1e-2, maxLength: 16 },
};
const drain = async (run: AsyncIterable<RunEvent>): Promise<RunEvent[]> => {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
};
let saved: RunEvent | undefined;

beforeAll(async () => {
  writeEncoder(at('encoder'), 1);
  writeFileSync(at('rows.tsv'), rows(60, 2));
  for (const name of ['a', 'b']) await drain(train({ ...common, name, out: at(name) }));
  const events = await drain(
    fuse({ ...common, adapters: [at('a'), at('b')], fusion: 'attention', out: at('fused'), compare: false }),
  );
  saved = events.at(-1);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a bundle has parts with parameters and sites', async () => {
  const { parts, data } = await inspect(at('fused'), { model: at('encoder'), backend: 'wasm' });
  expect(data).toBeUndefined();
  expect(parts.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    ...['encoder encoder', 'adapter a', 'adapter b', 'fusion rows', 'head rows'],
  ]);
  const total = parts.slice(1).reduce((sum, { parameters }) => sum + parameters, 0);
  expect(saved).toMatchObject({ type: 'saved', stored: total });
  expect(parts.map(({ sites }) => sites.length)).toEqual([expect.any(Number), 2, 2, 2, 0]);
});

it('on data: every form gives the same answers; what is missed without an adapter', async () => {
  const options = { model: at('encoder'), backend: 'wasm', data: at('rows.tsv') } as const;
  const { forms, attention, adapters, rows: count } = (await inspect(at('fused'), options)).data!;
  expect(count).toBe(60);
  expect(forms.map(({ form }) => form)).toEqual(['textbook', 'factored', 'compiled']);
  for (const { metrics, msPerRow } of forms) {
    expect(metrics).toEqual(forms[0]!.metrics);
    expect(msPerRow).toBeGreaterThan(0);
  }
  expect(adapters!.map(({ adapter }) => adapter).sort()).toEqual(['a', 'b']);
  expect(adapters!.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 5);
  const index = attention!.adapters.indexOf(adapters![0]!.adapter);
  const weights = attention!.sites.map((site) => site.weights[index]!);
  expect(adapters![0]!.weight).toBeCloseTo(weights.reduce((sum, each) => sum + each, 0) / weights.length, 9);
  expect(adapters![0]!.without['accuracy']).toBeLessThanOrEqual(adapters![1]!.without['accuracy']!);
  const alone = (await inspect(at('a'), options)).data!;
  expect(alone.forms.map(({ form }) => form)).toEqual(['factored']);
  expect(alone.attention).toBeUndefined();
});

it('weights of a scaling do not add up to 1: their mean and spread over the channels', async () => {
  const weights = async (per: string) => {
    const out = at(`scaled-${per}`);
    const settings = { ...common.settings, learningRate: 5e-2 };
    const fusion = `scaling[per=${per},initial=paper]`;
    await drain(fuse({ ...common, settings, adapters: [at('a'), at('b')], out, fusion, compare: false }));
    return (await inspect(out, { model: at('encoder'), backend: 'wasm', data: at('rows.tsv') })).data!;
  };
  const { attention, adapters, forms } = await weights('vector');
  expect(forms.map(({ form }) => form)).toEqual(['factored', 'compiled']);
  expect(forms[0]!.metrics).toEqual(forms[1]!.metrics);
  expect(attention!.free).toBe(true);
  for (const site of attention!.sites) {
    expect(site.weights.reduce((a, b) => a + b)).toBeGreaterThan(1.2);
    for (const spread of site.spread!) expect(spread).toBeGreaterThan(0.001);
  }
  expect(adapters!.reduce((sum, { weight }) => sum + weight, 0)).toBeGreaterThan(1.2);
  const uniform = await weights('number');
  expect(uniform.attention!.free).toBe(true);
  expect(uniform.attention!.sites.every(({ spread }) => spread === undefined)).toBe(true);
  const out: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  const flags = ['--model', at('encoder'), '--backend', 'wasm', '--data', at('rows.tsv')];
  expect(await main(['inspect', at('scaled-vector'), ...flags])).toBe(0);
  vi.restoreAllMocks();
  expect(out[0]).toMatch(/mean ± standard deviation over the channels:[^]*\d\.\d\d ±\d\.\d\d/);
});

it('the command prints them', async () => {
  const out: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  const flags = ['--model', at('encoder'), '--backend', 'wasm'];
  expect(await main(['inspect', at('fused'), ...flags])).toBe(0);
  expect(await main(['inspect', at('fused'), ...flags, '--data', at('rows.tsv')])).toBe(0);
  vi.restoreAllMocks();
  expect(out[0]).toMatch(/adapter a +seq_bn +[\d,]+ +2\n/);
  expect(out[1]).toMatch(/compiled +\d+\.\d +\d+\.\d +\d+\.\d+\n[^]*without the adapter[^]*Attention of the fusion/);
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSafetensors } from '@adapterfusion/checkpoint';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { evaluate, fuse, load, train, type RunEvent } from './node.js';
import { rows, writeEncoder } from './tiny.spec.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-forgetting-'));
const at = (name: string): string => join(folder, name);
const reading = { model: at('encoder'), backend: 'wasm' } as const;
const common = {
  ...{ ...reading, head: { pooling: 'mean' } },
  settings: { epochs: 6, learningRate: 1e-2, maxLength: 16 },
};
const drain = async (run: AsyncIterable<RunEvent>): Promise<RunEvent[]> => {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
};
/** Metrics of an adapter on its own task, and every score. */
async function answers(name: string) {
  const { metrics } = await evaluate(at(name), { ...reading, data: at(`${name}.tsv`) });
  const model = await load(at(name), reading);
  const inputs = readFileSync(at(`${name}.tsv`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);
  const predictions = await model.predict(
    inputs.map((line) => {
      const [text, pair] = line.split('\t');
      return { text: text!, pair: pair! };
    }),
  );
  model.dispose();
  return { metrics, predictions };
}

/** The tensors of an adapter in a bundle, by name. */
function adapterTensors(bundle: string, adapter: string): Map<string, Uint8Array> {
  const path = join(at(bundle), 'weights.safetensors');
  const { tensors } = parseSafetensors(readFileSync(path), path);
  const prefix = `adapters/${adapter}/`;
  return new Map([...tensors].flatMap(([name, { bytes }]) => (name.startsWith(prefix) ? [[name, bytes]] : [])));
}

beforeAll(() => {
  writeEncoder(at('encoder'), 1);
  writeFileSync(at('first.tsv'), rows(60, 2));
  writeFileSync(at('second.tsv'), rows(60, 3, true));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('fusion forgets nothing: a source task before and after stage 2 is equal to the last digit', async () => {
  for (const name of ['first', 'second'])
    await drain(train({ ...common, data: at(`${name}.tsv`), name, out: at(name) }));
  const before = await answers('first');
  expect(before.metrics['accuracy']).toBeGreaterThan(0.8);
  const adapters = [at('first'), at('second')];
  await drain(fuse({ ...common, data: at('second.tsv'), adapters, name: 'fused', out: at('fused'), compare: false }));
  expect(await answers('first')).toEqual(before);
  // And the adapters that the fusion carries are those that went in, bit by bit.
  for (const name of ['first', 'second']) {
    const own = adapterTensors(name, name);
    expect(own.size).toBeGreaterThan(0);
    expect(adapterTensors('fused', name)).toEqual(own);
  }
});

it('sequential fine-tuning forgets: the first task is worth less after the second', async () => {
  const data = ['first', 'second'].map((name) => ({ name, data: at(`${name}.tsv`) }));
  const settings = { ...common.settings, learningRate: 5e-2 };
  const events = await drain(train({ ...common, settings, data, strategy: 'sequential', out: at('sequential') }));
  const stages = events.filter((event) => event.type === 'stage');
  expect(stages[0]!.metrics['first']!['accuracy']).toBeGreaterThan(0.8);
  expect(stages[1]!.forgetting['first']).toBeGreaterThan(0.05);
});

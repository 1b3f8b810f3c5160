import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSafetensors, toFloat32, writeSafetensors } from '@adapterfusion/checkpoint';
import { evaluate, fuse, load, train, type RunEvent } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const common = { files, backend: 'wasm' as const, model: 'encoder' };
const settings = { epochs: 6, batchSize: 8, learningRate: 1e-2, checkpointEvery: 1, keep: 'best' as const };
const task = { ...common, data: 'rows.tsv', settings, head: { pooling: 'mean' } };
const full = { ...task, strategy: 'full', name: 'tuned' };
const weightsOf = (folder: string) =>
  new Map(
    [...parseSafetensors(files.held.get(`${folder}/model.safetensors`)!, folder).tensors.values()].map((each) => [
      each.name,
      toFloat32(each),
    ]),
  );
const manifestOf = (folder: string) =>
  JSON.parse(new TextDecoder().decode(files.held.get(`${folder}/adapterfusion.json`))) as {
    backbone: { fingerprint: string };
  };
const bytesOf = (folder: string) =>
  Object.fromEntries(files.below(folder).map((name) => [name, [...files.held.get(`${folder}/${name}`)!].join()]));

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

let events: RunEvent[] = [];
beforeAll(async () => {
  await openBackend('wasm');
  const before = tensorCount();
  events = await all(train({ ...full, out: 'tuned' }));
  expect(tensorCount()).toBe(before);
});

describe('strategy full', () => {
  it('trains every parameter of the encoder and the head, with as many tensors after each step', () => {
    const base = [...weightsOf('encoder').values()].reduce((sum, { length }) => sum + length, 0);
    const head = 16 * 16 + 16 + 2 * 16 + 2;
    expect(events.find(({ type }) => type === 'start')).toMatchObject({ phase: 'full', trainable: base + head });
    const steps = events.flatMap((event) => (event.type === 'step' ? [event.tensors] : []));
    expect(new Set(steps).size).toBe(1);
    expect(events.at(-1)).toMatchObject({ kind: 'model', metrics: { accuracy: 1 }, stored: base + head });
    const after = weightsOf('tuned');
    for (const [name, values] of weightsOf('encoder')) expect(after.get(name), name).not.toEqual(values);
  });

  it('its bundle loads without the encoder that it came from, and leaves nothing behind', async () => {
    const before = tensorCount();
    const model = await load('tuned', { files, backend: 'wasm' });
    const [first, second] = await model.predict(['sun rain snow', 'cat dog hen']);
    expect([first!.label, second!.label]).toEqual(['weather', 'animal']);
    model.dispose();
    expect(tensorCount()).toBe(before);
    const report = await evaluate('tuned', { files, backend: 'wasm', data: 'rows.tsv', split: 'validation' });
    expect(report.metrics).toEqual((events.at(-1) as { metrics: object }).metrics);
  });

  it('its bundle stands on no other encoder, and what was trained on the other not on it', async () => {
    await expect(load('tuned', common)).rejects.toMatchObject({ code: 'BACKBONE_MISMATCH' });
    await all(train({ ...task, settings: { epochs: 1 }, out: 'plain', name: 'plain' }));
    await expect(load('plain', { ...common, model: 'tuned' })).rejects.toMatchObject({ code: 'BACKBONE_MISMATCH' });
  });

  it('its bundle is an encoder for adapters, for their fusion, and for tuning on', async () => {
    const on = { ...task, model: 'tuned', settings: { epochs: 1 } };
    for (const name of ['a', 'b']) await all(train({ ...on, out: `on-${name}`, name }));
    await all(fuse({ ...on, out: 'on-fused', adapters: ['on-a', 'on-b'], compare: false }));
    const model = await load('on-fused', { files, backend: 'wasm' });
    expect((await model.predict(['sun']))[0]!.label).toBe('weather');
    model.dispose();
    expect(manifestOf('on-fused').backbone.fingerprint).toBe(manifestOf('tuned').backbone.fingerprint);
    await all(train({ ...on, strategy: 'full', out: 'again' }));
    const { fingerprint } = manifestOf('tuned').backbone;
    expect(manifestOf('again').backbone).toMatchObject({ tunedFrom: { id: 'tuned', fingerprint } });
  });

  it.each(['pooler', 'mean'])('with the pooler of the encoder, pooling %s', async (pooling) => {
    const noise = (length: number) => Float32Array.from({ length }, (_, index) => Math.sin(index));
    const pooler = [
      { name: 'pooler.dense.weight', shape: [16, 16], data: noise(256) },
      { name: 'pooler.dense.bias', shape: [16], data: noise(16) },
    ];
    const { tensors } = parseSafetensors(files.held.get('encoder/model.safetensors')!, 'encoder');
    const rest = [...tensors.values()].map((each) => ({ ...each, data: toFloat32(each) }));
    for (const name of ['config.json', 'vocab.txt']) files.set(`pooled/${name}`, files.held.get(`encoder/${name}`)!);
    files.set('pooled/model.safetensors', writeSafetensors([...rest, ...pooler]));
    const out = `pooled-${pooling}`;
    await all(train({ ...full, model: 'pooled', out, head: { pooling }, settings: { epochs: 1 } }));
    const after = weightsOf(out);
    for (const { name, data } of pooler)
      if (pooling === 'pooler') expect(after.get(name)).not.toEqual(data);
      else expect(after.get(name)).toEqual(data);
  });

  it('a signal ends it after the step; the same call goes on to the same bytes', async () => {
    const controller = new AbortController();
    for await (const event of train({ ...full, out: 'stopped', signal: controller.signal }))
      if (event.type === 'step' && event.step === 12) controller.abort();
    expect(files.below('stopped')).toEqual([]);
    const rest = await all(train({ ...full, out: 'stopped' }));
    expect(rest.find(({ type }) => type === 'start')).toMatchObject({ resumedAt: 12 });
    expect(bytesOf('stopped')).toEqual(bytesOf('tuned'));
  });

  it('a run on another encoder does not go on', async () => {
    const controller = new AbortController();
    for await (const event of train({ ...full, out: 'moved', signal: controller.signal }))
      if (event.type === 'step' && event.step === 3) controller.abort();
    const other = all(train({ ...full, model: 'tuned', out: 'moved' }));
    await expect(other).rejects.toMatchObject({ code: 'RESUME_REFUSED', message: expect.stringContaining('model') });
  });
});

describe('strategies', () => {
  it.each([
    [{ strategy: 'ful' }, 'PLUGIN_MISSING', 'Did you mean "full"?'],
    [{ strategy: 'fusion' }, 'OPTIONS_INVALID', 'strategy: expected one that trains without a fusion'],
    [{ strategy: 'full', adapter: 'seq_bn' }, 'OPTIONS_INVALID', 'adapter: expected none'],
    [{ strategy: 'head', adapter: 'seq_bn' }, 'OPTIONS_INVALID', 'adapter: expected none'],
  ])('%j is refused before anything is read', async (options, code, words) => {
    const held = [...files.held.keys()];
    const refused = all(train({ ...task, ...options, model: 'nowhere', out: 'refused' }));
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect([...files.held.keys()]).toEqual(held);
  });
});

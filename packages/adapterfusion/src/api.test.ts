import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate, fuse, load, prune, train, type RunEvent } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const common = { files, backend: 'wasm' as const, model: 'encoder' };
const settings = { epochs: 8, batchSize: 8, learningRate: 1e-2, checkpointEvery: 1 };
const task = { ...common, data: 'rows.tsv', settings, head: { pooling: 'mean' } };
const hashes = (folder: string) =>
  Object.fromEntries(files.below(folder).map((name) => [name, [...files.held.get(`${folder}/${name}`)!].join()]));

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

beforeAll(async () => {
  await openBackend('wasm');
});

describe('files in memory, as in a browser', () => {
  it('train and fuse write bundles, and free every tensor', async () => {
    const before = tensorCount();
    for (const out of ['a', 'b']) {
      const events = await all(train({ ...task, out, name: out }));
      expect(events.at(-1)).toMatchObject({ type: 'saved', path: out, metrics: { accuracy: 1 } });
    }
    const events = await all(fuse({ ...task, out: 'fused', adapters: ['a', 'b'], compare: 'linear' }));
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['saved', 'table']);
    expect(files.below('fused.run')).toEqual([]);
    expect(tensorCount()).toBe(before);
  });

  it('load predicts in the order of the inputs, reports progress and what it cut, and frees every tensor', async () => {
    const before = tensorCount();
    const [progress, warnings]: [string[], string[]] = [[], []];
    const model = await load('fused', {
      ...common,
      onProgress: ({ stage, done, total }) => progress.push(`${stage} ${done}/${total}`),
      onWarning: (message) => warnings.push(message),
    });
    await model.predict(['sun']);
    progress.length = 0;
    const held = tensorCount();
    const inputs = ['sun rain snow', { text: 'cat dog hen' }, `cloud${' rain'.repeat(30)}`];
    const predictions = await model.predict(inputs, { batchSize: 2, attention: true });
    expect(predictions.map(({ label }) => label)).toEqual(['weather', 'animal', 'weather']);
    for (const { scores } of predictions) expect(scores['weather']! + scores['animal']!).toBeCloseTo(1, 6);
    expect(progress).toEqual(['predict 2/3', 'predict 3/3']);
    expect(warnings).toEqual(['1 of 3 inputs cut to 12 tokens.']);
    expect(tensorCount()).toBe(held);
    model.dispose();
    expect(tensorCount()).toBe(before);
  });

  it('a signal ends predict with ABORTED', async () => {
    const model = await load('fused', common);
    const run = model.predict(['sun'], { signal: AbortSignal.abort() });
    await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
    model.dispose();
  });

  it('a signal ends train after the step; the same call goes on to the same bytes', async () => {
    const controller = new AbortController();
    const events: RunEvent[] = [];
    for await (const event of train({ ...task, out: 'again', name: 'a', signal: controller.signal })) {
      events.push(event);
      if (event.type === 'step' && event.step === 7) controller.abort();
    }
    expect(events.at(-1)).toMatchObject({ type: 'done', interrupted: true, steps: 7 });
    expect(files.below('again')).toEqual([]);
    const rest = await all(train({ ...task, out: 'again', name: 'a' }));
    expect(rest.find(({ type }) => type === 'start')).toMatchObject({ resumedAt: 7 });
    expect(hashes('again')).toEqual(hashes('a'));
  });

  it('what is removed while it is used is used to the end; a run that lacks it waits until it is there again', async () => {
    const [one] = await (async () => {
      const model = await load('fused', common);
      const held = new Map(files.held);
      for (const folder of ['fused', 'encoder']) await files.remove(folder);
      const answers = await model.predict(['sun rain snow']);
      model.dispose();
      await expect(load('fused', common)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
      for (const [path, bytes] of held) files.set(path, bytes);
      return answers;
    })();
    expect(one!.label).toBe('weather');
    const controller = new AbortController();
    const run = { ...task, out: 'later', adapters: ['a', 'b'], fusion: 'attention', compare: false };
    for await (const event of fuse({ ...run, signal: controller.signal }))
      if (event.type === 'step' && event.step === 5) {
        for (const name of files.below('b')) files.set(`kept/${name}`, files.held.get(`b/${name}`)!);
        await files.remove('b');
      } else if (event.type === 'step' && event.step === 6) controller.abort();
    const kept = hashes('later.run');
    expect(Object.keys(kept).length).toBeGreaterThan(0);
    await expect(all(fuse(run))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', at: 'b' });
    expect(hashes('later.run')).toEqual(kept);
    for (const name of files.below('kept')) files.set(`b/${name}`, files.held.get(`kept/${name}`)!);
    expect((await all(fuse(run))).find(({ type }) => type === 'start')).toMatchObject({ resumedAt: 6 });
    expect(files.below('later')).toContain('adapterfusion.json');
  });

  it('evaluate matches labels by name and refuses data of another task', async () => {
    files.set(
      'swapped.tsv',
      'text\tlabel\ncat hen fox dog\tanimal\nsun rain snow sun\tweather\nfox dog cat hen\tanimal\n',
    );
    const report = await evaluate('fused', { ...common, data: 'swapped.tsv' });
    expect(report).toMatchObject({ rows: 3, split: 'train', metrics: { accuracy: 1 } });
    expect(report.classes.map(({ label, support }) => [label, support])).toEqual([
      ['animal', 2],
      ['weather', 1],
    ]);
    files.set('other.tsv', 'text\tlabel\ncat hen\tyes\nsun rain\tno\n');
    const refused = evaluate('fused', { ...common, data: 'other.tsv' });
    await expect(refused).rejects.toMatchObject({ code: 'LABEL_UNKNOWN' });
  });

  it('evaluate says where the rows that it takes were trained on', async () => {
    const warnings: string[] = [];
    const options = { ...common, data: 'rows.tsv', onWarning: (message: string) => warnings.push(message) };
    await evaluate('fused', { ...options, split: 'validation' });
    await evaluate('fused', { ...options, data: 'swapped.tsv' });
    expect(warnings).toEqual([]);
    const { rows } = await evaluate('fused', options);
    expect(warnings).toEqual([
      'rows.tsv: all of its rows are taken, also those that were trained on; "validation" is those that were not (--split).',
    ]);
    expect(await evaluate('fused', { ...options, dataOptions: { validation: 0.5 } })).toMatchObject({ rows });
  });

  it('evaluate returns as many of the worst rows as were asked for', async () => {
    const wanted = (worst: number) => evaluate('fused', { ...common, data: 'swapped.tsv', worst });
    expect((await wanted(2)).worst).toHaveLength(2);
    await expect(wanted(-1)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });

  it('prune says where nothing is left out, and leaves the fusion out of the lowest layers', async () => {
    const warnings: string[] = [];
    const options = { ...common, data: 'swapped.tsv', onWarning: (message: string) => warnings.push(message) };
    const { kept } = await prune('fused', { ...options, keep: 3, skipLayers: 1, out: 'pruned' });
    expect(kept['0/output_adapter']).toEqual([]);
    expect([...kept['1/output_adapter']!].sort()).toEqual(['a', 'b']);
    expect(warnings).toEqual(['fused: its fusion has 2 adapters, so that keeping 3 leaves none out.']);
  });
});

import { parseSafetensors } from '@adapterfusion/checkpoint';
import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate, fuse, load, train, type RunEvent, type SavedEvent } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
// The same texts with labels of another task: whether the first word is one of four.
const lines = new TextDecoder().decode(files.held.get('rows.tsv')).trim().split('\n').slice(1);
const first = (text: string): string => (/^(sun|rain|cat|dog)/.test(text) ? 'early' : 'late');
files.set(
  'order.tsv',
  `text\tlabel\n${lines
    .slice(0, 24)
    .map((line) => `${line.split('\t')[0]}\t${first(line)}`)
    .join('\n')}\n`,
);

const common = { files, backend: 'wasm' as const, model: 'encoder' };
const settings = { epochs: 3, batchSize: 4, learningRate: 5e-3, checkpointEvery: 1, seed: 2 };
const head = { pooling: 'mean' };
const task = { ...common, data: ['rows.tsv', { data: 'order.tsv', name: 'order' }], settings, head };

async function all(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}
const savedOf = (events: readonly RunEvent[]): SavedEvent[] =>
  events.flatMap((event) => (event.type === 'saved' ? [event] : []));
const bytesOf = (folder: string) =>
  Object.fromEntries(files.below(folder).map((name) => [name, [...files.held.get(`${folder}/${name}`)!].join()]));
const manifestOf = (folder: string) =>
  JSON.parse(new TextDecoder().decode(files.held.get(`${folder}/adapterfusion.json`))) as {
    backbone: { id: string; fingerprint: string };
    training: { stages?: object[]; tasks: object[]; options?: object };
    metrics: object[];
  };
const tensorsOf = (path: string): string[] => [...parseSafetensors(files.held.get(path)!, path).tensors.keys()];

beforeAll(() => openBackend('wasm'));

/** Trains to the end once; then interrupted after a step and started again: the bytes must be the same. */
async function resumesAt(options: Parameters<typeof train>[0], phase: string, step: number): Promise<void> {
  const place = (kind: string) => ({ ...options, out: `${kind}/${options.out}` });
  await all(train(place('whole')));
  const controller = new AbortController();
  for await (const event of train({ ...place('stopped'), signal: controller.signal }))
    if (event.type === 'step' && event.phase === phase && event.step === step) controller.abort();
  expect(files.below(`stopped/${options.out}`)).toEqual([]);
  const rest = await all(train(place('stopped')));
  expect(rest.findLast((event) => event.type === 'start' && event.phase === phase)).toMatchObject({ resumedAt: step });
  const moved = Object.entries(bytesOf(`stopped/${options.out}`)).filter(([name]) => !/json|README/.test(name));
  for (const [name, bytes] of moved) expect(bytes, name).toBe(bytesOf(`whole/${options.out}`)[name]);
  expect(moved.length).toBeGreaterThan(0);
}

describe('multi-task', () => {
  it('writes one bundle with the encoder and a head for each task, which predicts and measures by its name', async () => {
    const before = tensorCount();
    const events = await all(train({ ...task, strategy: 'multi-task[sampling=square-root]', out: 'both' }));
    expect(tensorCount()).toBe(before);
    expect(events.filter(({ type }) => type === 'data')).toMatchObject([{ name: 'rows.tsv' }, { name: 'order.tsv' }]);
    const steps = events.flatMap((event) => (event.type === 'step' ? [event] : []));
    expect(new Set(steps.map((step) => step.task))).toEqual(new Set(['rows', 'order']));
    expect(new Set(steps.map(({ tensors }) => tensors)).size).toBe(1);
    const mean = (list: typeof steps) => list.reduce((sum, { loss }) => sum + loss, 0) / list.length;
    expect(mean(steps.slice(-8))).toBeLessThan(mean(steps.slice(0, 8)));
    const [saved] = savedOf(events) as [SavedEvent];
    expect(saved).toMatchObject({
      kind: 'model',
      path: 'both',
      tasks: [{ name: 'rows', data: 'rows.tsv' }, { name: 'order' }],
    });
    expect(Object.keys(saved.metrics)).toEqual(expect.arrayContaining(['mean', 'rows/accuracy', 'order/accuracy']));
    for (const { name, data } of saved.tasks) {
      const report = await evaluate('both', { files, backend: 'wasm', data, head: name, split: 'validation' });
      expect(report.metrics['accuracy']).toBe(saved.metrics[`${name}/accuracy`]);
    }
    await expect(load('both', { files, backend: 'wasm' })).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    expect(manifestOf('both').training).toMatchObject({
      strategy: 'multi-task',
      options: { sampling: 'square-root' },
      tasks: [
        { name: 'rows', data: 'rows.tsv' },
        { name: 'order', data: 'order.tsv' },
      ],
    });
    expect(manifestOf('both').metrics).toHaveLength(4);
  });

  it('interrupted, it goes on to the same bytes', () =>
    resumesAt({ ...task, strategy: 'multi-task', out: 'm' }, 'multi-task', 11));
});

describe('mt-a', () => {
  const adapter = 'seq_bn[reduction_factor=4,dropout=0.1]';

  it('with a frozen encoder writes an adapter bundle for each task, which fuse takes', async () => {
    const before = tensorCount();
    const events = await all(
      train({ ...task, adapter, strategy: 'mt-a[encoder=frozen]', measureOn: 'train', out: 'frozen' }),
    );
    expect(tensorCount()).toBe(before);
    expect(savedOf(events)).toMatchObject([
      { path: 'frozen/rows', kind: 'adapter', tasks: [{ name: 'rows' }] },
      { path: 'frozen/order', kind: 'adapter', tasks: [{ name: 'order' }] },
    ]);
    expect(files.below('frozen').sort()).toEqual(
      ['order', 'rows'].flatMap((name) =>
        ['README.md', 'adapterfusion.json', 'weights.safetensors'].map((file) => `${name}/${file}`),
      ),
    );
    for (const name of ['rows', 'order'])
      for (const path of tensorsOf(`frozen/${name}/weights.safetensors`))
        expect(path).toMatch(new RegExp(`^(adapters|heads)/${name}/`));
    for (const { path, metrics, tasks } of savedOf(events)) {
      const report = await evaluate(path, { ...common, data: tasks[0]!.data, split: 'train' });
      expect(report.metrics, path).toEqual(metrics);
    }
    const target = { ...common, data: 'rows.tsv', settings: { epochs: 1 }, head, out: 'fused', compare: false };
    const fused = await all(fuse({ ...target, adapters: ['frozen/rows', 'frozen/order'] }));
    expect(savedOf(fused)).toMatchObject([{ kind: 'fusion' }]);
  });

  it('with the encoder tuned writes it too, and the adapters stand on it alone', async () => {
    const events = await all(train({ ...task, adapter, strategy: 'mt-a', out: 'tuned' }));
    expect(savedOf(events)).toMatchObject([
      {
        path: 'tuned',
        kind: 'model',
        tasks: [{ name: 'rows' }, { name: 'order' }],
        metrics: { mean: expect.any(Number) },
      },
      { path: 'tuned/rows', kind: 'adapter' },
      { path: 'tuned/order', kind: 'adapter' },
    ]);
    const { backbone } = manifestOf('tuned/rows');
    const manifest = files.held.get('tuned/adapterfusion.json')!;
    expect(backbone).toMatchObject({ id: 'tuned', fingerprint: manifestOf('tuned').backbone.fingerprint });
    expect(backbone).not.toHaveProperty('tunedFrom');
    // The encoder is found by the name that the bundle has for it.
    const report = await evaluate('tuned/rows', { files, backend: 'wasm', data: 'rows.tsv', split: 'validation' });
    expect(report.metrics).toEqual(savedOf(events)[1]!.metrics);
    // Moved to another place, it is found above.
    for (const name of files.below('tuned')) files.set(`elsewhere/set/${name}`, files.held.get(`tuned/${name}`)!);
    (await load('tuned/rows', { files, backend: 'wasm' })).dispose();
    await files.remove('tuned');
    (await load('elsewhere/set/order', { files, backend: 'wasm' })).dispose();
    files.set('elsewhere/set/adapterfusion.json', files.held.get('both/adapterfusion.json')!);
    await expect(load('elsewhere/set/order', { files, backend: 'wasm' })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    for (const name of files.below('elsewhere/set'))
      files.set(`tuned/${name}`, files.held.get(`elsewhere/set/${name}`)!);
    files.set('tuned/adapterfusion.json', manifest);
    await expect(load('tuned/rows', common)).rejects.toMatchObject({ code: 'BACKBONE_MISMATCH' });
    const target = { ...common, data: 'rows.tsv', settings: { epochs: 1 }, head, compare: false };
    const adapters = ['tuned/rows', 'tuned/order'];
    await expect(all(fuse({ ...target, adapters, out: 'no' }))).rejects.toMatchObject({ code: 'BACKBONE_MISMATCH' });
    await all(fuse({ ...target, adapters, model: 'tuned', out: 'tuned-fused' }));
    const model = await load('tuned-fused', { files, backend: 'wasm' });
    expect((await model.predict(['sun rain snow']))[0]!.label).toMatch(/weather|animal/);
    model.dispose();
  });

  it('interrupted, it goes on to the same bytes', () =>
    resumesAt({ ...task, adapter, strategy: 'mt-a', out: 'a' }, 'mt-a', 17));

  it('killed between two bundles, it writes them all when it is started again', async () => {
    const run = {
      ...task,
      adapter,
      strategy: 'mt-a[encoder=frozen]',
      settings: { ...settings, epochs: 1 },
      out: 'killed',
    };
    for await (const event of train(run)) if (event.type === 'saved') break;
    expect(files.below('killed').some((name) => name.startsWith('order/'))).toBe(false);
    const events = await all(train(run));
    expect(events.filter(({ type }) => type === 'step')).toEqual([]);
    expect(savedOf(events).map(({ path }) => path)).toEqual(['killed/rows', 'killed/order']);
    await expect(all(train(run))).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(savedOf(await all(train({ ...run, overwrite: true })))).toHaveLength(2);
    await expect(all(train({ ...run, out: 'killed/rows' }))).rejects.toMatchObject({ code: 'FILE_EXISTS' });
  });
});

describe('sequential', () => {
  const run = { ...task, strategy: 'sequential', out: 'one-by-one' };

  it('measures the tasks so far after each, and the bundle says so', async () => {
    const before = tensorCount();
    const events = await all(train(run));
    expect(tensorCount()).toBe(before);
    const stages = events.flatMap((event) => (event.type === 'stage' ? [event] : []));
    expect(stages.map(({ task: name, metrics }) => [name, Object.keys(metrics)])).toEqual([
      ['rows', ['rows']],
      ['order', ['rows', 'order']],
    ]);
    const [earlier, later] = stages as [(typeof stages)[0], (typeof stages)[0]];
    expect(later.forgetting['rows']).toBe(earlier.metrics['rows']!['accuracy']! - later.metrics['rows']!['accuracy']!);
    const [saved] = savedOf(events) as [SavedEvent];
    for (const name of ['rows', 'order'])
      expect(saved.metrics[`${name}/accuracy`]).toBe(later.metrics[name]!['accuracy']);
    expect(manifestOf('one-by-one').training.stages).toEqual(
      JSON.parse(JSON.stringify(stages.map(({ type: _, ...stage }) => stage))),
    );
    expect(tensorsOf('one-by-one/weights.safetensors').map((path) => path.split('/').slice(0, 2).join('/'))).toEqual(
      expect.arrayContaining(['heads/rows', 'heads/order']),
    );
  });

  it.each([
    ['sequential-rows', 7],
    ['sequential-order', 5],
  ])('interrupted in %s, it goes on to the same bytes', (phase, step) =>
    resumesAt({ ...run, out: `s-${phase}` }, phase, step),
  );
});

describe('refused', () => {
  it.each([
    [{ strategy: 'multi-task', data: 'rows.tsv' }, 'OPTIONS_INVALID', 'two or more tasks'],
    [{ strategy: 'st-a' }, 'OPTIONS_INVALID', 'one task for the strategy "st-a"'],
    [{ strategy: 'mt-a', data: ['rows.tsv', 'rows.tsv'] }, 'NAME_INVALID', '"rows" twice'],
    [{ strategy: 'sequential', adapter: 'seq_bn' }, 'OPTIONS_INVALID', 'adapter: expected none'],
    [{ strategy: 'multi-task[sampling=x]' }, 'OPTIONS_INVALID', 'multi-task.sampling'],
  ])('%j, before anything is read', async (options, code, words) => {
    const held = [...files.held.keys()];
    const refused = all(train({ ...task, ...options, model: 'nowhere', out: 'refused' }));
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect([...files.held.keys()]).toEqual(held);
  });
});

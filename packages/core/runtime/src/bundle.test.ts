import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  definePlugin,
  parseOptions,
  type Backbone,
  type Files,
  type Fusion,
  type Head,
  type ParameterRandom,
  type Site,
  type AnyTaskKind,
} from '@adapterfusion/contracts';
import { Model } from '@adapterfusion/model';
import { add, linear, mean, mul, openBackend, tensor, tensorCount } from '@adapterfusion/tensor';
import {
  applySetup,
  checkBackbone,
  describeModel,
  readBundle,
  Registry,
  verifyBundle,
  writeBundle,
  type Setup,
} from './index.js';

const none = (input: unknown) => parseOptions({}, input, 'toy');
const common = { packageName: '@toy/all', packageVersion: '0.3.1', options: none } as const;
const site: Site = {
  name: '0/output_adapter',
  role: 'sublayer',
  layer: 0,
  location: 'output_adapter',
  inDim: 2,
  outDim: 2,
};
const make = (random: ParameterRandom) => ({ weight: random.normal([2, 2], 1) });

const adapter = definePlugin<'adapter', object>({
  ...common,
  kind: 'adapter',
  id: 'toy',
  supports: { roles: ['sublayer'], merge: false, identityAtInit: false },
  create: () => ({
    flow: 'sequential',
    actsAt: () => true,
    init: (_, random) => make(random),
    prepareInput: (_, ctx) => ({ input: ctx.h, query: { beforeNorm: ctx.h, afterNorm: ctx.h }, residual: ctx.h }),
    delta: (params, input) => linear(input, params.weight!),
    completeAdapter: (_params, ctx, _entered, delta) => add(delta, ctx.h),
    completeSublayer: (_, h) => h,
  }),
});
const fusion = definePlugin<'fusion', object>({
  ...common,
  kind: 'fusion',
  id: 'toy',
  supports: { minChildren: 1, trainable: true },
  create: (): Fusion => ({
    init: (_, _children, random) => make(random),
    mix: (params, query, children, ctx) => {
      const all = children.map((child) => child.delta()).reduce((a, b) => add(a, b));
      return {
        mixed: add(linear(all, params.weight!), ctx.residual),
        weights: mul(query.afterNorm, 1 / children.length),
      };
    },
  }),
});
const head = definePlugin<'head', object>({
  ...common,
  kind: 'head',
  id: 'toy',
  supports: { tasks: ['toy'] },
  create: (): Head => ({
    outputs: 2,
    init: make,
    pool: ({ hidden }) => mean(hidden, 1),
    forward: (params, features) => linear(features, params.weight!),
    loss: (outputs) => mean(outputs),
  }),
});
const task = definePlugin<'task', object>({
  ...common,
  kind: 'task',
  id: 'toy',
  supports: { columns: {} },
  create: () => ({}) as AnyTaskKind,
});
const backbone: Backbone = {
  modelType: 'toy',
  hidden: 2,
  layers: 1,
  maxLength: 8,
  headDropout: 0,
  attentionDropout: 0,
  sites: [site],
  parameters: [{ path: 'w', shape: [1], fingerprint: true }],
  pathOf: (name) => name,
  embed: (_, { mask }) => add(mul(tensor([1, 2], [1, 1, 2]), 1), mul(mean(mask), 0)),
  layer: (_index, _params, hidden, _mask, act) => act(site, { x: hidden, y: hidden }),
};
const record = { id: 'toy-encoder', fingerprint: 'f'.repeat(64), modelType: 'toy', hidden: 2, layers: 1 };
const batch = {
  ids: new Int32Array(2),
  types: new Int32Array(2),
  mask: new Float32Array(2).fill(1),
  shape: [1, 2] as const,
};

/** Files in memory: what is tested here is the bundle, not the disk. */
function memoryFiles(): Files & { readonly held: Map<string, Uint8Array> } {
  const held = new Map<string, Uint8Array>();
  return {
    held,
    read: (path) => Promise.resolve(held.get(path)!),
    kind: (path) =>
      Promise.resolve(
        held.has(path) ? 'file' : [...held.keys()].some((each) => each.startsWith(`${path}/`)) ? 'folder' : undefined,
      ),
    list: () => Promise.resolve([...held.keys()]),
    write: (path, bytes) => Promise.resolve(void held.set(path, bytes)),
    writeFolder: (path, files) => Promise.resolve(files.forEach((bytes, name) => held.set(`${path}/${name}`, bytes))),
    remove: (path) => Promise.resolve(void held.delete(path)),
    join: (...parts) => parts.join('/'),
  };
}

const registry = new Registry().use(adapter, fusion, head, task);
const fuse = { type: 'fuse', fusion: 'ab', lead: 'b', inputs: 'own', children: ['a', 'b'] } as const;

describe('bundles', () => {
  const files = memoryFiles();
  let model: Model;
  beforeAll(async () => {
    await openBackend('cpu');
    model = new Model(backbone, { w: tensor([1], [1]) });
    model.addAdapter('a', adapter(), { seed: 1 });
    model.addAdapter('b', adapter(), { seed: 1 });
    model.addFusion(fusion(), fuse, { seed: 1 });
    model.addHead('task', head(), ['no', 'yes'], { seed: 1 });
    model.compose(fuse);
    const setup = {
      ...(await describeModel(model)),
      kind: 'fusion',
      name: 'ab',
      backbone: record,
      metrics: [],
      training: {},
    } as const;
    await writeBundle(files, 'out', setup, registry);
  });
  afterAll(() => {
    model.dispose();
    expect(tensorCount()).toBe(0);
  });
  const manifest = (): Record<string, unknown> =>
    JSON.parse(new TextDecoder().decode(files.held.get('out/adapterfusion.json'))) as Record<string, unknown>;
  const changed = (change: (manifest: never) => void): Files => {
    const copy = memoryFiles();
    files.held.forEach((bytes, path) => copy.held.set(path, bytes));
    const edited = manifest();
    change(edited as never);
    copy.held.set('out/adapterfusion.json', new TextEncoder().encode(JSON.stringify(edited)));
    return copy;
  };
  const code = (wanted: string) => expect.objectContaining({ code: wanted }) as Error;

  it('come back the same: composition with its lead, options, labels, logits', async () => {
    const setup = await readBundle(files, 'out', registry, record);
    expect(setup.composition).toEqual(fuse);
    expect(setup.heads.get('task')!.labels).toEqual(['no', 'yes']);
    expect(setup.adapters.get('a')!.version).toBe('^0.3.1');
    const other = new Model(backbone, { w: tensor([1], [1]) });
    applySetup(other, setup, registry);
    const [want, got] = [model.logits(batch, { head: 'task' }), other.logits(batch, { head: 'task' })];
    expect(await got.data()).toEqual(await want.data());
    want.dispose();
    got.dispose();
    other.dispose();
  });

  it('are read without their card, as in a page that does not serve it; verified with it', async () => {
    const [without, other] = [memoryFiles(), memoryFiles()];
    for (const each of [without, other]) files.held.forEach((bytes, path) => each.held.set(path, bytes));
    await verifyBundle(other, 'out');
    without.held.delete('out/README.md');
    expect((await readBundle(without, 'out', registry)).name).toBe('ab');
    other.held.set('out/README.md', new Uint8Array(1));
    await expect(verifyBundle(other, 'out')).rejects.toThrow(code('HASH_MISMATCH'));
  });

  it('are the same bytes when written again', async () => {
    const again = memoryFiles();
    await writeBundle(
      again,
      'out',
      (await readBundle(files, 'out', registry)) as Setup & { backbone: typeof record },
      registry,
    );
    expect(again.held).toEqual(files.held);
  });

  it.each([
    ['SPEC_UNSUPPORTED', (m: { spec: number }) => (m.spec = 2)],
    ['PLUGIN_MISSING', (m: { adapters: { a: { plugin: string } } }) => (m.adapters.a.plugin = '@far/away#x')],
    ['PLUGIN_VERSION', (m: { adapters: { a: { version: string } } }) => (m.adapters.a.version = '^0.4.0')],
    ['OPTIONS_INVALID', (m: { adapters: { a: { options: object } } }) => (m.adapters.a.options = { rank: 1 })],
    ['BACKBONE_MISMATCH', (m: { backbone: { fingerprint: string } }) => (m.backbone.fingerprint = '0'.repeat(64))],
    ['BACKBONE_MISMATCH', (m: { backbone: { layers: number } }) => (m.backbone.layers = 2)],
    ['COMPOSITION_INVALID', (m: { composition: unknown }) => (m.composition = { type: 'fuse', children: [] })],
    [
      'HASH_MISMATCH',
      (m: { files: Record<string, { sha256: string }> }) => (m.files['weights.safetensors']!.sha256 = '0'.repeat(64)),
    ],
  ])('%s before any weight is read', async (wanted, change) => {
    await expect(readBundle(changed(change as (manifest: never) => void), 'out', registry, record)).rejects.toThrow(
      code(wanted),
    );
  });

  it('take the place of a bundle only, and only when told to', async () => {
    const setup = (await readBundle(files, 'out', registry)) as Setup & { backbone: typeof record };
    await expect(writeBundle(files, 'out', setup, registry)).rejects.toThrow(code('FILE_EXISTS'));
    await writeBundle(files, 'out', setup, registry, { replace: true });
    const home = memoryFiles();
    home.held.set('home/letters.txt', new Uint8Array(1));
    await expect(writeBundle(home, 'home', setup, registry, { replace: true })).rejects.toThrow(code('FILE_EXISTS'));
    expect([...home.held.keys()]).toEqual(['home/letters.txt']);
  });

  it('accept a copy of the encoder at another precision, and the encoder in the place of a copy', async () => {
    const half = { ...record, fingerprint: 'e'.repeat(64), derivedFrom: record.fingerprint };
    const other = { ...half, fingerprint: 'd'.repeat(64) };
    expect((await readBundle(files, 'out', registry, half)).name).toBe('ab');
    expect(checkBackbone(record, record, 'x')).toBe(true);
    for (const [wanted, encoder] of [
      [record, half],
      [half, record],
      [half, other],
    ] as const)
      expect(checkBackbone(wanted, encoder, 'x')).toBe(false);
    const stranger = { ...other, derivedFrom: '9'.repeat(64) };
    expect(() => checkBackbone(half, stranger, 'x')).toThrow(code('BACKBONE_MISMATCH'));
    expect(() => checkBackbone(record, { ...half, layers: 2 }, 'x')).toThrow(code('BACKBONE_MISMATCH'));
  });

  it('refuse weights that do not fit, and leave the model as it was', async () => {
    const setup = await readBundle(files, 'out', registry);
    const broken = new Map(setup.adapters);
    broken.set('a', {
      ...broken.get('a')!,
      values: new Map([['0/output_adapter/weight', { shape: [1, 2], data: new Float32Array(2) }]]),
    });
    const other = new Model(backbone, { w: tensor([1], [1]) });
    const before = tensorCount();
    expect(() => applySetup(other, { ...setup, adapters: broken }, registry)).toThrow(/\[1, 2\] instead of \[2, 2\]/);
    expect(other.adapters.size).toBe(0);
    expect(tensorCount()).toBe(before);
    other.dispose();
  });
});

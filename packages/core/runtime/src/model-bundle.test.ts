import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { fileRecord, writeSafetensors } from '@adapterfusion/checkpoint';
import { AdapterFusionError, definePlugin, parseOptions, type Backbone, type Files } from '@adapterfusion/contracts';
import { Model } from '@adapterfusion/model';
import { openBackend, read, tensorCount } from '@adapterfusion/tensor';
import { loadEncoder, packEncoder, readBundle, Registry, writeBundle } from './index.js';

const backbone = definePlugin<'backbone', object>({
  kind: 'backbone',
  id: 'toy',
  packageName: '@toy/all',
  packageVersion: '0.3.1',
  supports: { roles: [] },
  options: (input) => parseOptions({}, input, 'toy'),
  create: (_, { config }): Backbone => ({
    modelType: 'toy',
    hidden: Number(config['hidden_size']),
    layers: 1,
    maxLength: 8,
    headDropout: 0,
    attentionDropout: 0,
    sites: [],
    parameters: [
      { path: 'words', shape: [3, Number(config['hidden_size'])], fingerprint: true },
      { path: 'pooler', shape: [1], fingerprint: false, optional: true },
    ],
    pathOf: (name) => name.replace('toy.', ''),
    embed: () => {
      throw new Error('not run here');
    },
    layer: (_, __, hidden) => hidden,
  }),
});
const registry = new Registry().use(backbone);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Files in memory that count what is read. */
function memoryFiles(): Files & { readonly held: Map<string, Uint8Array>; readonly reads: string[] } {
  const held = new Map<string, Uint8Array>();
  const reads: string[] = [];
  return {
    held,
    reads,
    async read(path) {
      reads.push(path);
      const bytes = held.get(path);
      if (bytes) return bytes;
      throw new AdapterFusionError('FILE_NOT_FOUND', { at: path, expected: 'a file', got: 'none', fix: '' });
    },
    kind: async (path) =>
      held.has(path) ? 'file' : [...held.keys()].some((each) => each.startsWith(`${path}/`)) ? 'folder' : undefined,
    list: async () => [...held.keys()],
    write: async (path, bytes) => void held.set(path, bytes),
    writeFolder: async (path, files) => files.forEach((bytes, name) => held.set(`${path}/${name}`, bytes)),
    remove: async (path) => void held.delete(path),
    join: (...parts) => parts.join('/'),
  };
}

const base = memoryFiles();
base.held.set('hub/config.json', text('{"model_type":"toy","hidden_size":2}'));
base.held.set('hub/vocab.txt', text('[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nsun'));
base.held.set('hub/tokenizer_config.json', text('{"do_lower_case":false}'));
base.held.set(
  'hub/model.safetensors',
  writeSafetensors([
    { name: 'toy.words', shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: 'toy.pooler', shape: [1], data: Float32Array.of(7) },
    { name: 'toy.elsewhere', shape: [1], data: Float32Array.of(8) },
  ]),
);

beforeAll(async () => {
  await openBackend('cpu');
  const encoder = await loadEncoder(base, 'hub', registry);
  const model = new Model(encoder.backbone, encoder.params);
  model.parameters.set('words', { shape: [3, 2], data: Float32Array.of(6, 5, 4, 3, 2, 1) });
  const packed = await packEncoder(model, encoder.settings);
  const setup = {
    kind: 'model',
    name: 'tuned',
    composition: null,
    adapters: new Map(),
    fusions: new Map(),
    heads: new Map(),
    backbone: {
      ...encoder.record,
      fingerprint: packed.fingerprint,
      tunedFrom: { id: 'hub', fingerprint: encoder.record.fingerprint! },
    },
    metrics: [],
    training: {},
  } as const;
  await writeBundle(base, 'out', setup, registry, { encoder: packed });
  model.dispose();
});
afterAll(() => expect(tensorCount()).toBe(0));

let files = memoryFiles();
beforeEach(() => {
  files = memoryFiles();
  base.held.forEach((bytes, path) => files.held.set(path, bytes.slice()));
});

describe('a bundle of kind model', () => {
  it('is an encoder with the values of the model, the tokenizer and the configuration it was made with', async () => {
    const { params, record, tokenizer, settings } = await loadEncoder(files, 'out', registry);
    expect([...(await read(params['words']!))]).toEqual([6, 5, 4, 3, 2, 1]);
    expect([...(await read(params['pooler']!))]).toEqual([7]);
    for (const each of Object.values(params)) each.dispose();
    const { backbone: named } = await readBundle(files, 'out', registry, record);
    expect(named).toMatchObject({ fingerprint: record.fingerprint, tunedFrom: { id: 'hub' } });
    expect(named.tunedFrom!.fingerprint).not.toBe(record.fingerprint);
    expect(tokenizer.encode('Sun', undefined, { maxLength: 8 }).ids).toEqual([2, 1, 3]);
    expect(settings.get('vocab.txt')).toEqual(base.held.get('hub/vocab.txt'));
    expect([...settings.keys()].sort()).toEqual(['config.json', 'tokenizer_config.json', 'vocab.txt']);
  });

  it('that says what it is a copy of is that copy, and still has to have its own fingerprint', async () => {
    edit((manifest) => Object.assign(manifest.backbone, { derivedFrom: '1'.repeat(64) }));
    const { params, record } = await loadEncoder(files, 'out', registry);
    for (const each of Object.values(params)) each.dispose();
    expect(record).toMatchObject({ derivedFrom: '1'.repeat(64) });
    const own = record.fingerprint!;
    edit((manifest) => Object.assign(manifest.backbone, { fingerprint: '2'.repeat(64), derivedFrom: own }));
    await expect(loadEncoder(files, 'out', registry)).rejects.toMatchObject({ code: 'BACKBONE_MISMATCH' });
  });

  it('is read once: no file of the encoder is read with the bundle again', async () => {
    const { params, record } = await loadEncoder(files, 'out', registry);
    await readBundle(files, 'out', registry, record);
    for (const each of Object.values(params)) each.dispose();
    const counted = files.reads.filter((path) => path !== 'out/adapterfusion.json');
    expect(counted.sort()).toEqual([...new Set(counted)]);
    expect(counted).toContain('out/model.safetensors');
  });

  it('is unmoved by a file beside it that its manifest does not name', async () => {
    files.held.set('out/tokenizer.json', text('{}'));
    const { params, tokenizer } = await loadEncoder(files, 'out', registry);
    for (const each of Object.values(params)) each.dispose();
    expect(tokenizer.encode('Sun', undefined, { maxLength: 8 }).ids).toEqual([2, 1, 3]);
  });

  it('says in its card that it carries its encoder', () => {
    const card = new TextDecoder().decode(base.held.get('out/README.md'));
    expect(card).toContain('kind `model`, with 7 stored parameters.');
    expect(card).toContain('fine-tuned from `hub`');
  });
});

type Manifest = { kind: string; files: Record<string, object>; backbone: { fingerprint: string; layers: number } };
const edit = (change: (manifest: Manifest) => void): void => {
  const manifest = JSON.parse(new TextDecoder().decode(files.held.get('out/adapterfusion.json'))) as Manifest;
  change(manifest);
  files.held.set('out/adapterfusion.json', text(JSON.stringify(manifest)));
};
/** Puts other bytes in the place of a file and their hash into the manifest. */
const exchange = async (name: string, bytes: Uint8Array): Promise<void> => {
  files.held.set(`out/${name}`, bytes);
  const record = await fileRecord(bytes);
  edit((manifest) => (manifest.files[name] = record));
};
const weights = (): Uint8Array => files.held.get('out/model.safetensors')!;

it.each([
  ['{"model_type":"toy","hidden_size":2,"torch_dtype":"float16"}', 'float32'],
  ['{"model_type":"toy","hidden_size":2}', undefined],
])('the configuration %s says float32 of weights that are', async (config, wanted) => {
  files.held.set('hub/config.json', text(config));
  const encoder = await loadEncoder(files, 'hub', registry);
  const model = new Model(encoder.backbone, encoder.params);
  const packed = await packEncoder(model, encoder.settings);
  model.dispose();
  const written = new TextDecoder().decode(packed.files.get('config.json'));
  expect(JSON.parse(written)).toEqual({
    ...(JSON.parse(config) as object),
    ...(wanted ? { torch_dtype: wanted } : {}),
  });
  if (!wanted) expect(written).toBe(config);
});

describe('refused, and no tensor left behind:', () => {
  it.each<[string, string, string, () => void | Promise<void>]>([
    ['a later spec', 'SPEC_UNSUPPORTED', 'spec', () => edit((each) => Object.assign(each, { spec: 2 }))],
    [
      'a changed byte of the weights',
      'HASH_MISMATCH',
      'model.safetensors',
      () => void (weights()[weights().length - 1]! ^= 1),
    ],
    [
      'weights cut off',
      'HASH_MISMATCH',
      'model.safetensors',
      () => void files.held.set('out/model.safetensors', weights().slice(0, -4)),
    ],
    [
      'weights cut off, with their hash',
      'FILE_CORRUPT',
      'model.safetensors',
      () => exchange('model.safetensors', weights().slice(0, -4)),
    ],
    [
      'another configuration',
      'HASH_MISMATCH',
      'config.json',
      () => void files.held.set('out/config.json', text('{"model_type":"toy","hidden_size":3}')),
    ],
    [
      'another configuration, with its hash',
      'BACKBONE_MISMATCH',
      'out',
      () => exchange('config.json', text('{"model_type":"toy","hidden_size":3}')),
    ],
    ['another vocabulary', 'HASH_MISMATCH', 'vocab.txt', () => void files.held.set('out/vocab.txt', text('[PAD]'))],
    ['no weights', 'FILE_NOT_FOUND', 'out/model.safetensors', () => void files.held.delete('out/model.safetensors')],
    ['no configuration', 'FILE_NOT_FOUND', 'out/config.json', () => void files.held.delete('out/config.json')],
    ['no vocabulary', 'FILE_NOT_FOUND', 'out/vocab.txt', () => void files.held.delete('out/vocab.txt')],
    [
      'another fingerprint',
      'BACKBONE_MISMATCH',
      'out',
      () => edit((each) => (each.backbone.fingerprint = '0'.repeat(64))),
    ],
    ['another size', 'BACKBONE_MISMATCH', 'out', () => edit((each) => (each.backbone.layers = 2))],
    ['a bundle of another kind', 'BUNDLE_INVALID', 'out', () => edit((each) => (each.kind = 'head'))],
  ])('%s', async (_, code, at, damage) => {
    await damage();
    const refused = loadEncoder(files, 'out', registry);
    await expect(refused).rejects.toMatchObject({ code, at: expect.stringContaining(at) });
    expect(tensorCount()).toBe(0);
  });

  it.each(['model.safetensors', 'config.json', 'vocab.txt'])('a manifest without %s', async (name) => {
    edit((manifest) => delete manifest.files[name]);
    await expect(readBundle(files, 'out', registry)).rejects.toMatchObject({
      code: 'BUNDLE_INVALID',
      message: expect.stringContaining(name === 'vocab.txt' ? 'tokenizer.json' : name),
    });
  });

  it('another encoder than its own', async () => {
    const { params, record } = await loadEncoder(files, 'hub', registry);
    for (const each of Object.values(params)) each.dispose();
    await expect(readBundle(files, 'out', registry, record)).rejects.toMatchObject({
      code: 'BACKBONE_MISMATCH',
      message: expect.stringContaining('Remove --model'),
    });
  });
});

it('the fingerprint is that of the values, by another implementation', async () => {
  const data = Buffer.from(Float32Array.of(6, 5, 4, 3, 2, 1).buffer);
  const line = `words 3,2 ${createHash('sha256').update(data).digest('hex')}\n`;
  const { backbone: named } = await readBundle(files, 'out', registry);
  expect(named.fingerprint).toBe(createHash('sha256').update(line).digest('hex'));
});

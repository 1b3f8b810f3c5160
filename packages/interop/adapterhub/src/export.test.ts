import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSafetensors, toFloat32 } from '@adapterfusion/checkpoint';
import { describe, expect, it } from 'vitest';
import { diskFiles, memoryFiles } from '../fixtures/files.js';
import { block, fusionFolder, adapterFolder, headFolder, single } from '../fixtures/saved.js';
import { exportAdapterHub, readAdapterHub, type ExportSetup, type ImportedSetup } from './index.js';

const golden = fileURLToPath(new URL('../../../../../shared/golden', import.meta.url));

/** An import as bundles have it. */
function asSetup(imported: ImportedSetup, change: Partial<ExportSetup> = {}): ExportSetup {
  const parts = <P extends { name: string; tensors: ReadonlyMap<string, never> }>(all: readonly P[]) =>
    new Map(all.map((part) => [part.name, { ...part, values: part.tensors }]));
  return {
    name: 'set-up',
    composition: imported.composition,
    adapters: parts(imported.adapters as never[]),
    fusions: parts(imported.fusions as never[]),
    heads: parts(imported.heads as never[]),
    backbone: { id: imported.modelName, modelType: imported.modelType, hidden: imported.hiddenSize },
    ...change,
  } as ExportSetup;
}

const inFolder = (files: ReadonlyMap<string, Uint8Array>) =>
  memoryFiles(Object.fromEntries([...files].map(([path, bytes]) => [`out/${path}`, bytes])));
/** What is read is what was read, wherever it lay. */
const without = ({ warnings: _, ...setup }: ImportedSetup) => setup;

const small = {
  ...adapterFolder('s/a', 'a'),
  ...adapterFolder('s/b', 'b'),
  ...fusionFolder('s/a,b', ['a', 'b']),
  ...headFolder('s/h', 'h'),
  's/adapter_setup.json': { adapter_setup: block('Fuse', [single('a'), single('b')]), head_setup: 'h' },
};
const readSmall = () => readAdapterHub(memoryFiles(small), 's');
const refusal = (code: string, says: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(says) }) as Error;

describe('exportAdapterHub', () => {
  it.each(['both', 'bin', 'safetensors'] as const)('writes what is read back the same, %s', async (format) => {
    const imported = await readSmall();
    const files = exportAdapterHub(asSetup(imported), format);
    expect(without(await readAdapterHub(inFolder(files), 'out'))).toEqual(without(imported));
    expect([...files.keys()].some((name) => name.endsWith('.bin'))).toBe(format !== 'safetensors');
    expect([...files.keys()].some((name) => name.endsWith('.safetensors'))).toBe(format !== 'bin');
  });

  it('puts the adapter that leads last, where the library looks for it', async () => {
    const imported = await readSmall();
    const fuse = { type: 'fuse', fusion: 'a+b', lead: 'a', inputs: 'own', children: ['a', 'b'] };
    const back = await readAdapterHub(inFolder(exportAdapterHub(asSetup(imported, { composition: fuse }))), 'out');
    expect(back.composition).toMatchObject({ lead: 'a', children: ['b', 'a'] });
    expect(back.fusions[0]!.tensors).toEqual(imported.fusions[0]!.tensors);
  });

  it.each([
    [{ type: 'average', children: ['a', 'b'] }, 'average, which the library divides once more'],
    [{ type: 'none' }, 'got none'],
    [{ type: 'fuse', fusion: 'a+b', lead: 'b', children: ['a', { type: 'stack', children: ['b'] }] }, 'a block'],
  ])('refuses the composition %j', async (composition, says) => {
    const setup = asSetup(await readSmall(), { composition });
    expect(() => exportAdapterHub(setup)).toThrow(refusal('UNSUPPORTED', says));
  });

  it('folds centre and scale of a regression head, which the library has not, into its output layer', async () => {
    const setup = asSetup(await readSmall());
    const values = new Map([
      ['out.weight', { shape: [1, 8], data: Float32Array.from({ length: 8 }, (_, at) => at) }],
      ['out.bias', { shape: [1], data: Float32Array.of(0.5) }],
    ]);
    const options = { layers: 1, centre: 3, scale: 2 };
    const plugin = '@adapterfusion/head-regression#regression';
    const written = async (change: object) => {
      const head = { plugin, labels: [], options, values, ...change };
      const heads = new Map([['h', { ...setup.heads.get('h')!, ...head }]]);
      return (await readAdapterHub(inFolder(exportAdapterHub({ ...setup, heads })), 'out')).heads[0]!;
    };
    const head = await written({});
    expect(head).toMatchObject({
      task: { plugin: '@adapterfusion/task-regression#regression' },
      options: { bias: true },
    });
    expect([...head.tensors.get('out.weight')!.data]).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
    expect([...head.tensors.get('out.bias')!.data]).toEqual([4]);
    const without = await written({ options: { ...options, bias: false }, values: new Map([[...values][0]!]) });
    expect([...without.tensors.get('out.bias')!.data]).toEqual([3]);
    expect(head.options).not.toHaveProperty('centre');
  });

  it('writes as floats what the library asks to be floats, and ids of labels as whole numbers', async () => {
    const setup = asSetup(await readSmall());
    const head = setup.heads.get('h')!;
    const [, ...rest] = head.labels;
    const options = { ...head.options, dropout: 0 };
    const heads = new Map([['h', { ...head, options, labels: ['alpha', ...rest] }]]);
    const text = new TextDecoder().decode(exportAdapterHub({ ...setup, heads }).get('h/head_config.json'));
    expect(text).toContain('"dropout_prob": 0.0,');
    expect(text).toMatch(/"alpha": 0,?\n/);
  });

  it('refuses what the library lacks, or would compute otherwise', async () => {
    const setup = asSetup(await readSmall());
    const a = setup.adapters.get('a')!;
    const h = setup.heads.get('h')!;
    const refuses = (change: Partial<ExportSetup>, says: string) =>
      expect(() => exportAdapterHub({ ...setup, ...change })).toThrow(refusal('UNSUPPORTED', says));
    refuses({ adapters: new Map([['a', { ...a, plugin: '@b/method#scale_shift' }]]) }, '@b/method#scale_shift');
    refuses({ heads: new Map([['h', { ...h, options: { ...h.options, pooling: 'mean' } }]]) }, 'the mean of all');
    const foreign = { plugin: '@b/head#x', options: { scale: 2 }, values: new Map() };
    refuses({ heads: new Map([['h', { ...h, ...foreign }]]) }, '@b/head#x');
    refuses({ backbone: { modelType: 'gpt2' } }, '"gpt2"');
    const parallel = new Map([
      ...setup.adapters,
      ['b', { ...a, options: { ...a.options, is_parallel: true } }],
    ] as const);
    const own = { ...(setup.composition as object), inputs: 'own' } as ExportSetup['composition'];
    refuses({ adapters: parallel, composition: own }, 'different values of is_parallel');
  });
});

/** A value as JSON, arrays of numbers by their hashes: millions of numbers are slow to compare one by one. */
const hashed = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof Map) return [...(inner as Map<unknown, unknown>)];
    if (!(inner instanceof Float32Array)) return inner;
    return createHash('sha256')
      .update(new Uint8Array(inner.buffer, inner.byteOffset, inner.byteLength))
      .digest('hex');
  });

describe.skipIf(!existsSync(golden))('what the library saved itself (skipped: ../shared is absent)', () => {
  it.each([
    ['minilm-rte/fusion', 'rte/adapter'],
    ['minilm-rte/own-adapter', 'rte_own/adapter'],
  ] as const)('%s: the same tensors and configurations', async (folder, inner) => {
    const imported = await readAdapterHub(diskFiles, `${golden}/${folder}`);
    for (const format of ['bin', 'safetensors'] as const) {
      const files = exportAdapterHub(asSetup(imported), format);
      expect(hashed(without(await readAdapterHub(inFolder(files), 'out')))).toBe(hashed(without(imported)));
      const theirs = (name: string) => diskFiles.read(`${golden}/${folder}/${name}`);
      const config = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as object;
      for (const name of ['adapter_setup.json', `${inner}_config.json`])
        expect(config(files.get(name)!)).toEqual(config(await theirs(name)));
      if (format === 'bin') continue;
      const tensors = (bytes: Uint8Array) =>
        [...parseSafetensors(bytes, 'x').tensors].map(([name, each]) => [name, each.shape, toFloat32(each)]).sort();
      const name = `${inner}.safetensors`;
      expect(hashed(tensors(files.get(name)!))).toBe(hashed(tensors(await theirs(name))));
    }
  });
});

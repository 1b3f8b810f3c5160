import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../fixtures/files.js';
import {
  adapterConfig,
  adapterFolder,
  adapterTensors,
  block,
  fusionFolder,
  headFolder,
  single,
} from '../fixtures/saved.js';
import { readAdapterHub, readSetup } from './index.js';

const abc = { ...adapterFolder('s/a', 'a'), ...adapterFolder('s/b', 'b'), ...adapterFolder('s/c', 'c') };
const setup = (tree: unknown, head: unknown = null) => ({
  's/adapter_setup.json': { adapter_setup: tree, head_setup: head, version: 'adapters.1.2.0' },
});
const read = (files: Parameters<typeof memoryFiles>[0]) => readSetup(memoryFiles(files), 's');
const failing = (code: string, message: string) => ({ code, message: expect.stringContaining(message) });

describe('readSetup', () => {
  it('reads a fusion with its adapters and head', async () => {
    const tree = block('Fuse', [single('b'), single('a')]);
    const got = await read({
      ...abc,
      ...fusionFolder('s/b,a', ['b', 'a']),
      ...headFolder('s/h', 'h'),
      ...setup(tree, 'h'),
    });
    const composition = { type: 'fuse', fusion: 'b+a', lead: 'a', inputs: 'lead', children: ['b', 'a'] };
    expect(got).toMatchObject({
      composition,
      activeHead: 'h',
      modelType: 'bert',
      modelName: 'm',
      hiddenSize: 8,
      warnings: [],
    });
    expect(got.adapters.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(got.fusions.map(({ name }) => name)).toEqual(['b+a']);
    expect(got.heads.map(({ name }) => name)).toEqual(['h']);
  });

  it.each([
    [single('a'), 'a'],
    ['a', 'a'],
    [block('Stack', [single('a')]), 'a'],
    [block('Stack', [single('a'), single('b')]), { type: 'stack', children: ['a', 'b'] }],
    [block('Parallel', [single('a'), single('b')]), { type: 'parallel', children: ['a', 'b'] }],
    [
      block('Split', [single('a'), single('b')], { splits: [3, 5] }),
      { type: 'split', splits: [3, 5], children: ['a', 'b'] },
    ],
    [
      block('BatchSplit', [single('a'), single('b')], { batch_sizes: 2 }),
      { type: 'batch-split', sizes: [2, 2], children: ['a', 'b'] },
    ],
    [
      block('BatchSplit', [block('Stack', [single('a'), single('b')]), single('a')], { batch_sizes: [1, 0] }),
      { type: 'batch-split', sizes: [1, 0], children: [{ type: 'stack', children: ['a', 'b'] }, 'a'] },
    ],
  ])('turns %j into %j', async (tree, composition) => {
    const got = await read({ ...abc, ...setup(tree) });
    expect(got.composition).toEqual(composition);
    expect(got.warnings).toEqual([]);
    expect(got).not.toHaveProperty('activeHead');
  });

  it('normalises an average and says where it differs', async () => {
    const got = await read({ ...abc, ...setup(block('Average', [single('a'), single('b')], { weights: [3, 1] })) });
    expect(got.composition).toEqual({ type: 'average', weights: [0.75, 0.25], children: ['a', 'b'] });
    expect(got.warnings).toEqual([expect.stringContaining('divides an average')]);
    const plain = await read({ ...abc, ...setup(block('Average', [single('a'), single('b')])) });
    expect(plain.composition).toMatchObject({ weights: [0.5, 0.5] });
  });

  it('names a fusion of stacks after their last members', async () => {
    const tree = block('Fuse', [block('Stack', [single('a'), single('b')]), single('c')]);
    const got = await read({ ...abc, ...fusionFolder('s/b,c', ['b', 'c']), ...setup(tree) });
    const stack = { type: 'stack', children: ['a', 'b'] };
    expect(got.composition).toEqual({ type: 'fuse', fusion: 'b+c', lead: 'c', inputs: 'lead', children: [stack, 'c'] });
    expect(got.warnings).toEqual([expect.stringContaining('twice')]);
  });

  it('finds a fusion under a name that was chosen, and one used twice once', async () => {
    const fuse = block('Fuse', [single('a'), single('b')]);
    const tree = block('Stack', [fuse, single('c'), fuse]);
    const chosen = { ...fusionFolder('s/mine', ['a', 'b'], 'mine'), ...fusionFolder('s/else', ['b', 'a'], 'else') };
    const got = await read({ ...abc, ...chosen, ...setup(tree) });
    expect(got.fusions.map(({ name }) => name)).toEqual(['a+b']);
    const one = { ...abc, ...fusionFolder('s/a', ['a']), ...setup(block('Fuse', [single('a')])) };
    expect((await read(one)).composition).toMatchObject({ fusion: 'fusion', children: ['a'] });
  });

  it('reads several heads without choosing one', async () => {
    const heads = { ...headFolder('s/h', 'h'), ...headFolder('s/g', 'g') };
    const tree = block('Parallel', [single('a'), single('b')]);
    const got = await read({ ...abc, ...heads, ...setup(tree, ['h', 'g']) });
    expect(got.heads.map(({ name }) => name)).toEqual(['h', 'g']);
    expect(got).not.toHaveProperty('activeHead');
    expect(got.warnings).toEqual([expect.stringContaining('several heads')]);
  });

  it.each([
    [block('MultiTask', [single('a')]), 'UNSUPPORTED', 's/adapter_setup.json: adapter_setup: expected one of Stack'],
    [block('Stack', []), 'BUNDLE_INVALID', 'adapter_setup: expected one child or more; got []'],
    [block('Stack', [3]), 'BUNDLE_INVALID', 'adapter_setup.children[0]: expected a block'],
    [block('single', ['a', 'b']), 'BUNDLE_INVALID', 'the name of one adapter'],
    [block('Split', [single('a')], {}), 'BUNDLE_INVALID', 'kwargs.splits: expected 1 numbers; got none'],
    [block('Average', [single('a'), single('b')], { weights: [1, -1] }), 'BUNDLE_INVALID', 'sum other than 0'],
    [single('../a'), 'NAME_INVALID', '"../a"'],
    [single('missing'), 'FILE_NOT_FOUND', 's/missing/adapter_config.json'],
    [block('Fuse', [single('a'), single('b')]), 'FILE_NOT_FOUND', 's/a,b/adapter_fusion_config.json'],
    [null, 'BUNDLE_INVALID', 'a set-up without any'],
  ])('refuses %j', async (tree, code, message) => {
    await expect(read({ ...abc, ...setup(tree) })).rejects.toMatchObject(failing(code, message));
  });

  it('refuses parts that do not belong together', async () => {
    const stack = setup(block('Stack', [single('a'), single('b')]));
    const wide = { ...abc, 's/b/adapter_config.json': adapterConfig('b', {}, { model_type: 'roberta' }) };
    await expect(read({ ...wide, ...stack })).rejects.toMatchObject(
      failing('BUNDLE_INVALID', '"b" on roberta of width 8'),
    );
    const renamed = { ...abc, ...adapterFolder('s/b', 'x') };
    await expect(read({ ...renamed, ...stack })).rejects.toMatchObject(
      failing('BUNDLE_INVALID', 'expected "b" in the folder'),
    );
    const elsewhere = { ...abc, 's/b/adapter_config.json': adapterConfig('b', {}, { model_name: 'other' }) };
    expect((await read({ ...elsewhere, ...stack })).warnings).toEqual([
      expect.stringContaining('"b" was trained on "other"'),
    ]);
    const fuse = setup(block('Fuse', [single('a'), single('b')]));
    const turned = { ...abc, ...fusionFolder('s/a,b', ['b', 'a']), ...fuse };
    await expect(read(turned)).rejects.toMatchObject(
      failing('BUNDLE_INVALID', 'expected a fusion of a, b; got one of b, a'),
    );
    const both = {
      's/b/adapter_config.json': adapterConfig('b', { mh_adapter: true }),
      's/b/adapter.safetensors': new Map([...adapterTensors('b'), ...adapterTensors('b', 'attention.output')]),
    };
    const less = { ...abc, ...both, ...fusionFolder('s/a,b', ['a', 'b']), ...fuse };
    const missing = failing('TENSORS_INVALID', 'got none at 0/mh_adapter, 1/mh_adapter');
    await expect(read(less)).rejects.toMatchObject(missing);
  });
});

describe('readAdapterHub', () => {
  const any = (files: Parameters<typeof memoryFiles>[0], dir: string) => readAdapterHub(memoryFiles(files), dir);

  it('knows a set-up, an adapter with or without head, a fusion and a head', async () => {
    expect((await any({ ...abc, ...setup(single('a')) }, 's')).composition).toBe('a');
    expect(await any(abc, 's/a')).toMatchObject({ composition: 'a', fusions: [], heads: [], modelType: 'bert' });
    const withHead = await any({ ...abc, ...headFolder('s/a', 'a') }, 's/a');
    expect(withHead).toMatchObject({ composition: 'a', activeHead: 'a', heads: [{ name: 'a' }] });
    const fusion = await any(fusionFolder('f', ['a', 'b']), 'f');
    expect(fusion).toMatchObject({ composition: { type: 'fuse', fusion: 'a+b', lead: 'b', children: ['a', 'b'] } });
    expect(fusion.warnings).toEqual([expect.stringContaining('it needs its adapters a, b')]);
    expect(await any(headFolder('h', 'h'), 'h')).toMatchObject({ composition: null, activeHead: 'h', adapters: [] });
  });

  it('says what it looked for elsewhere', async () => {
    const run = any({ 'x/notes.txt': '' }, 'x');
    await expect(run).rejects.toMatchObject(failing('FILE_NOT_FOUND', 'got one with notes.txt'));
  });
});

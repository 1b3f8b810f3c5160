import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../fixtures/files.js';
import { dynamic, fusionConfig, fusionTensors } from '../fixtures/saved.js';
import { fusionName } from './fusion.js';
import { readFusion } from './index.js';

function read(config: object, tensors: Map<string, readonly number[]>) {
  const files = { 'd/adapter_fusion_config.json': { ...config }, 'd/model_adapter_fusion.safetensors': tensors };
  return readFusion(memoryFiles(files), 'd');
}

describe('readFusion', () => {
  it('gives children in order, options unchanged, and tensors by our paths', async () => {
    const fusion = await read(fusionConfig(['a', 'b']), fusionTensors('a,b'));
    expect(fusion).toMatchObject({ name: 'a+b', children: ['a', 'b'], options: dynamic, warnings: [] });
    expect(fusion.plugin).toBe('@adapterfusion/fusion-attention#attention');
    expect([...fusion.tensors.keys()].slice(0, 5)).toEqual(
      ['query.weight', 'query.bias', 'key.weight', 'key.bias', 'value.weight'].map(
        (name) => `0/output_adapter/${name}`,
      ),
    );
    expect(fusion.tensors.size).toBe(10);
  });

  it('reads two locations, parts that are switched off, and a name that was chosen', async () => {
    const two = new Map([...fusionTensors('mine'), ...fusionTensors('mine', 'attention.output')]);
    const both = await read(fusionConfig(['a', 'b'], 'mine'), two);
    expect(both.tensors.size).toBe(20);
    expect(both.name).toBe('a+b');
    const still = new Map([...fusionTensors('a,b')].filter(([name]) => !name.includes('value')));
    expect((await read(fusionConfig(['a', 'b'], 'a,b', { value: false }), still)).tensors.size).toBe(8);
    const old = { ...fusionConfig(['a', 'b']), adapter_names: undefined };
    expect((await read(old, fusionTensors('a,b'))).children).toEqual(['a', 'b']);
  });

  it('takes only keys of exactly its name', async () => {
    const several = new Map([...fusionTensors('a,b,c'), ...fusionTensors('a,b'), ...fusionTensors('x,a,b')]);
    const fusion = await read(fusionConfig(['a', 'b']), several);
    expect(fusion.tensors.size).toBe(10);
    expect(fusion.warnings).toEqual([expect.stringContaining('20 tensors that belong to others than the fusion a,b')]);
  });

  it.each([
    [fusionConfig(['a', 'b']), fusionTensors('b,a'), 'TENSORS_INVALID', 'missing: 0/output_adapter/query.weight'],
    [fusionConfig(['a', 'b'], 'a,b', { value: false }), fusionTensors('a,b'), 'TENSORS_INVALID', 'unexpected: bert'],
    [fusionConfig([]), fusionTensors(''), 'BUNDLE_INVALID', 'adapter_names: expected a list of names; got []'],
    [fusionConfig(['a.b', 'c']), fusionTensors('a.b,c'), 'NAME_INVALID', '"a.b"'],
  ])('refuses %j', async (config, tensors, code, message) => {
    const refused = { code, message: expect.stringContaining(message) };
    await expect(read(config, tensors)).rejects.toMatchObject(refused);
  });
});

describe('fusionName', () => {
  it('joins the names, or counts where that is too long or taken', () => {
    expect(fusionName(['a', 'b'], new Set())).toBe('a+b');
    expect(fusionName(['a'.repeat(60), 'b'.repeat(60)], new Set())).toBe('fusion');
    expect(fusionName(['a'], new Set(['a', 'fusion']))).toBe('fusion2');
  });
});

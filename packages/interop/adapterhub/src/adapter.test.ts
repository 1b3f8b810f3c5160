import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../fixtures/files.js';
import { adapterConfig, adapterTensors, seqBn } from '../fixtures/saved.js';
import { readAdapter } from './index.js';

/** Reads an adapter "a" of a configuration and tensors. */
function read(config: object = {}, tensors: Map<string, readonly number[]> = adapterTensors('a'), more: object = {}) {
  const files = { 'd/adapter_config.json': adapterConfig('a', config, more), 'd/adapter.safetensors': tensors };
  return readAdapter(memoryFiles(files), 'd');
}

const refused = (code: string, message: string): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });
const at = (layer: number) => `bert.encoder.layer.${layer}.output.adapters.a`;

describe('readAdapter', () => {
  it('gives the plugin, its options unchanged, and tensors by our paths', async () => {
    const adapter = await read();
    expect(adapter.name).toBe('a');
    expect(adapter.plugin).toBe('@adapterfusion/adapter-bottleneck#bottleneck');
    expect(adapter.options).toEqual(seqBn);
    expect(adapter.model).toEqual({ modelType: 'bert', modelName: 'm', hiddenSize: 8 });
    expect(adapter.warnings).toEqual([]);
    expect([...adapter.tensors.keys()].slice(0, 4)).toEqual(
      ['down.weight', 'down.bias', 'up.weight', 'up.bias'].map((name) => `0/output_adapter/${name}`),
    );
    expect(adapter.tensors.size).toBe(8);
    const up = adapter.tensors.get('1/output_adapter/up.weight')!;
    expect(up.shape).toEqual([8, 2]);
    expect([...up.data]).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  });

  it('reads both locations, and names with or without the base model in front', async () => {
    const both = new Map([
      ...adapterTensors('a', 'attention.output', ''),
      ...adapterTensors('a', 'output', 'roberta.'),
    ]);
    const { tensors } = await read({ mh_adapter: true }, both);
    expect(tensors.size).toBe(16);
    expect(tensors.has('1/mh_adapter/down.weight')).toBe(true);
  });

  it('reads own norms, gates and scalings', async () => {
    const tensors = new Map([...adapterTensors('a')].filter(([name]) => !name.includes('adapter_down')));
    for (const layer of [0, 1]) {
      tensors.set(`${at(layer)}.adapter_down.1.weight`, [2, 8]).set(`${at(layer)}.adapter_down.1.bias`, [2]);
      tensors.set(`${at(layer)}.adapter_norm_before.weight`, [8]).set(`${at(layer)}.adapter_norm_before.bias`, [8]);
      tensors.set(`${at(layer)}.adapter_norm_after.weight`, [8]).set(`${at(layer)}.adapter_norm_after.bias`, [8]);
      tensors.set(`${at(layer)}.gate.weight`, [1, 8]).set(`${at(layer)}.gate.bias`, [1]);
      tensors.set(`${at(layer)}.scaling`, [8]);
    }
    const options = { ln_before: true, ln_after: true, use_gating: true, scaling: 'channel' };
    const names = ['norm_before.weight', 'norm_after.bias', 'gate.weight', 'gate.bias', 'scaling', 'down.bias'];
    const expected = names.map((name) => `1/output_adapter/${name}`);
    const plain = await read(options, tensors);
    expect([...plain.tensors.keys()]).toEqual(expect.arrayContaining(expected));
    const twins = new Map(tensors);
    for (const layer of [0, 1])
      twins.set(`${at(layer)}.adapter_down.0.weight`, [8]).set(`${at(layer)}.adapter_down.0.bias`, [8]);
    expect((await read(options, twins)).tensors).toEqual(plain.tensors);
    const moved = new Map([...twins].filter(([name]) => !name.includes('norm_before')));
    expect((await read(options, moved)).tensors).toEqual(plain.tensors);
    await expect(read({ ...options, scaling: 'learned' }, tensors)).rejects.toThrow(
      'scaling [8] where [1] is expected',
    );
  });

  it('takes factors by layer, layers left out, and factors that widen', async () => {
    const byLayer = adapterTensors('a');
    byLayer.set(`${at(1)}.adapter_down.0.weight`, [4, 8]).set(`${at(1)}.adapter_down.0.bias`, [4]);
    byLayer.set(`${at(1)}.adapter_up.weight`, [8, 4]);
    const { tensors } = await read({ reduction_factor: { '1': 2, default: 3.5 } }, byLayer);
    expect(tensors.get('1/output_adapter/down.weight')!.shape).toEqual([4, 8]);
    const second = new Map([...adapterTensors('a')].filter(([name]) => name.includes('layer.1')));
    expect((await read({ leave_out: [0] }, second)).tensors.size).toBe(4);
    const wide = new Map([
      [`${at(0)}.adapter_down.0.weight`, [16, 8]],
      [`${at(0)}.adapter_down.0.bias`, [16]],
    ]);
    wide.set(`${at(0)}.adapter_up.weight`, [8, 16]).set(`${at(0)}.adapter_up.bias`, [8]);
    expect((await read({ reduction_factor: 0.5 }, wide)).tensors.size).toBe(4);
    const narrow = new Map(
      [...adapterTensors('a')].map(([name, shape]) => [name, shape.map((n) => (n === 2 ? 1 : n))]),
    );
    expect((await read({ reduction_factor: 100 }, narrow)).tensors.get('0/output_adapter/down.bias')!.shape).toEqual([
      1,
    ]);
    await expect(read({ reduction_factor: { '0': 4 } })).rejects.toThrow('a number above 0 for layer 1');
  });

  it('reads the names of old versions, of modules and of activations', async () => {
    const old = new Map(
      [...adapterTensors('a')].map(([name, shape]) => [
        name.replace('.adapters.', '.layer_text_task_adapters.'),
        shape,
      ]),
    );
    expect((await read({}, old)).tensors.size).toBe(8);
    const activation = async (name: string, more: object) =>
      (await read({ non_linearity: name }, undefined, more)).options;
    expect(await activation('gelu', { version: undefined })).toMatchObject({ non_linearity: 'gelu_new' });
    expect(await activation('gelu_orig', { version: undefined })).toMatchObject({ non_linearity: 'gelu' });
    expect(await activation('gelu', {})).toMatchObject({ non_linearity: 'gelu' });
    expect((await read({ invertible_adapter: null })).options).toEqual({ ...seqBn, inv_adapter: null });
  });

  it('reads a task adapter of version 1, whose configuration names an invertible adapter that it has not', async () => {
    const old = { invertible_adapter: { block_type: 'nice', reduction_factor: 2 }, inv_adapter: undefined };
    expect((await read(old)).options).toMatchObject({ inv_adapter: null });
    const language = new Map([...adapterTensors('a'), ['bert.invertible_lang_adapters.a.F.0.weight', [4, 4]] as const]);
    await expect(read(old, language)).rejects.toEqual(refused('UNSUPPORTED', 'invertible'));
  });

  it('leaves out tensors of another adapter in the file, with a warning', async () => {
    const { tensors, warnings } = await read({}, new Map([...adapterTensors('a'), ...adapterTensors('ab')]));
    expect(tensors.size).toBe(8);
    expect(warnings).toEqual([expect.stringContaining('8 tensors that belong to others than the adapter a')]);
  });

  it('names every tensor that is missing, misshapen or unexpected', async () => {
    const tensors = adapterTensors('a');
    tensors.delete(`${at(1)}.adapter_up.bias`);
    tensors
      .set(`${at(0)}.adapter_up.bias`, [7])
      .set(`${at(0)}.lora_A`, [1])
      .set('bert.pooler.weight', [1]);
    await expect(read({}, tensors)).rejects.toEqual(
      refused(
        'TENSORS_INVALID',
        'missing: 1/output_adapter/up.bias; ' +
          `unexpected: ${at(0)}.lora_A, bert.pooler.weight; ` +
          `misshapen: ${at(0)}.adapter_up.bias [7] where [8] is expected`,
      ),
    );
    const twice = new Map([
      ...adapterTensors('a'),
      ['encoder.layer.0.output.adapters.a.adapter_up.bias', [8]] as const,
    ]);
    await expect(read({}, twice)).rejects.toEqual(refused('TENSORS_INVALID', 'got unexpected: '));
    await expect(read({}, adapterTensors('b'))).rejects.toEqual(
      refused('TENSORS_INVALID', 'missing: 0/output_adapter'),
    );
    await expect(read({ leave_out: [0] }, adapterTensors('b'))).rejects.toEqual(refused('TENSORS_INVALID', 'got none'));
    await expect(read({ output_adapter: false })).rejects.toEqual(refused('TENSORS_INVALID', 'unexpected'));
  });

  it.each([
    [{ architecture: 'reft' }, 'UNSUPPORTED', 'the method "reft"'],
    [{ architecture: 'prefix_tuning' }, 'BUNDLE_INVALID', 'config.prefix_length'],
    [{ phm_layer: true }, 'TENSORS_INVALID', 'missing: 0/output_adapter/down.W_left'],
    [{ inv_adapter: 'nice' }, 'TENSORS_INVALID', 'embeddings/output/F.0.weight'],
    [{ inv_adapter: 'glow' }, 'UNSUPPORTED', 'the invertible adapter "glow"'],
    [
      { mh_adapter: 'yes' },
      'BUNDLE_INVALID',
      'd/adapter_config.json: config.mh_adapter: expected true or false; got "yes"',
    ],
    [{ non_linearity: undefined }, 'BUNDLE_INVALID', 'config.non_linearity'],
    [{ leave_out: 3 }, 'BUNDLE_INVALID', 'config.leave_out'],
    [{ reduction_factor: 0 }, 'BUNDLE_INVALID', 'config.reduction_factor'],
  ])('refuses the configuration %j', async (config, code, message) => {
    await expect(read(config)).rejects.toEqual(refused(code, message));
  });

  it.each([
    [{ config: 'pfeiffer' }, 'BUNDLE_INVALID', 'config: expected an object'],
    [{ hidden_size: '8' }, 'BUNDLE_INVALID', 'hidden_size'],
    [{ model_type: null }, 'BUNDLE_INVALID', 'model_type'],
    [{ name: 'a.b' }, 'NAME_INVALID', 'a name for the adapter of d/adapter_config.json'],
    [{ name: null }, 'BUNDLE_INVALID', 'name: expected a text'],
  ])('refuses the file with %j', async (more, code, message) => {
    await expect(read({}, undefined, more)).rejects.toEqual(refused(code, message));
  });

  it('refuses what is not there, pickles, and files that are damaged', async () => {
    const config = adapterConfig('a');
    const run = (files: Parameters<typeof memoryFiles>[0]) => readAdapter(memoryFiles(files), 'd');
    await expect(run({})).rejects.toEqual(refused('FILE_NOT_FOUND', 'd/adapter_config.json'));
    await expect(run({ 'd/adapter_config.json': config })).rejects.toEqual(
      refused('FILE_NOT_FOUND', 'adapter.safetensors'),
    );
    const pickle = { 'd/adapter_config.json': config, 'd/pytorch_adapter.bin': 'x' };
    await expect(run(pickle)).rejects.toEqual(refused('FILE_CORRUPT', 'd/pytorch_adapter.bin'));
    const damaged = { 'd/adapter_config.json': config, 'd/adapter.safetensors': 'too short' };
    await expect(run(damaged)).rejects.toEqual(refused('FILE_CORRUPT', 'd/adapter.safetensors'));
    await expect(run({ 'd/adapter_config.json': '{"name":' })).rejects.toEqual(
      refused('BUNDLE_INVALID', 'd/adapter_config.json: expected a JSON object; got text that is not JSON'),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../fixtures/files.js';
import { adapterConfig } from '../fixtures/saved.js';
import { readAdapter } from './index.js';

const lora = {
  architecture: 'lora',
  r: 2,
  alpha: 4,
  composition_mode: 'add',
  selfattn_lora: true,
  attn_matrices: ['q', 'v'],
  intermediate_lora: true,
  output_lora: true,
  leave_out: [],
  use_gating: false,
  use_dora: false,
  dtype: null,
};
const at = (place: string, layer: number): string => `bert.encoder.layer.${layer}.${place}.loras.a`;
const widths: [place: string, enters: number, leaves: number][] = [
  ['attention.self.query', 8, 8],
  ['attention.self.value', 8, 8],
  ['intermediate.dense', 8, 20],
  ['output.dense', 20, 8],
];

function tensors(layers = [0, 1], scale = false): Map<string, number[]> {
  return new Map(
    layers.flatMap((layer) =>
      widths.flatMap(([place, enters, leaves]): [string, number[]][] =>
        scale
          ? [[`${at(place, layer)}.lora_B`, [leaves, 1]]]
          : [
              [`${at(place, layer)}.lora_A`, [2, enters]],
              [`${at(place, layer)}.lora_B`, [leaves, 2]],
            ],
      ),
    ),
  );
}

function read(config: object = {}, given = tensors(), more: object = {}) {
  const file = { ...adapterConfig('a', {}, more), config: { ...lora, ...config } };
  return readAdapter(memoryFiles({ 'd/adapter_config.json': file, 'd/adapter.safetensors': given }), 'd');
}

describe('readAdapter of LoRA and (IA)³', () => {
  it('gives the plugin, its options and tensors by our paths', async () => {
    const adapter = await read();
    expect(adapter.plugin).toBe('@adapterfusion/adapter-lora#lora');
    const { architecture: _, ...options } = lora;
    expect(adapter.options).toEqual(options);
    expect(adapter.tensors.size).toBe(16);
    expect(adapter.tensors.get('1/output/lora_A')!.shape).toEqual([2, 20]);
    expect(adapter.tensors.get('0/intermediate/lora_B')!.shape).toEqual([20, 2]);
    expect((await read({ leave_out: [0] }, tensors([1]))).tensors.size).toBe(8);
  });

  it('reads (IA)³, and DistilBERT’s names', async () => {
    const adapter = await read({ composition_mode: 'scale', r: 1, alpha: 1 }, tensors([0], true));
    expect(adapter.plugin).toBe('@adapterfusion/adapter-ia3#ia3');
    expect([...adapter.tensors].map(([path, { shape }]) => [path, ...shape])).toEqual([
      ['0/query/lora_B', 8, 1],
      ['0/value/lora_B', 8, 1],
      ['0/intermediate/lora_B', 20, 1],
      ['0/output/lora_B', 8, 1],
    ]);
    const names = ['attention.q_lin', 'attention.v_lin', 'ffn.lin1', 'ffn.lin2'];
    const distil = new Map(
      widths.flatMap(([, enters, leaves], index): [string, number[]][] => [
        [`distilbert.transformer.layer.0.${names[index]}.loras.a.lora_A`, [2, enters]],
        [`distilbert.transformer.layer.0.${names[index]}.loras.a.lora_B`, [leaves, 2]],
      ]),
    );
    expect([...(await read({}, distil)).tensors.keys()]).toEqual([...(await read({}, tensors([0]))).tensors.keys()]);
  });

  it('reads gates', async () => {
    const given = tensors([0]);
    for (const [place, enters] of widths)
      given.set(`${at(place, 0)}.gate.weight`, [1, enters]).set(`${at(place, 0)}.gate.bias`, [1]);
    expect((await read({ use_gating: true }, given)).tensors.get('0/output/gate.weight')!.shape).toEqual([1, 20]);
    await expect(read({}, given)).rejects.toMatchObject({ code: 'TENSORS_INVALID' });
  });

  it('does not scale by the alpha that versions before 1.1.0 ignored', async () => {
    const alpha = async (version: string) => (await read({}, tensors(), { version })).options['alpha'];
    expect(await alpha('adapters.1.0.1')).toBe(2);
    expect(await alpha('adapters.0.2.2')).toBe(2);
    expect(await alpha('adapters.1.1.0')).toBe(4);
    expect(await alpha('3.2.1')).toBe(4);
  });

  it.each([
    [{ use_dora: true }, 'UNSUPPORTED', 'got DoRA'],
    [{ vera_d: 0.1 }, 'UNSUPPORTED', 'got VeRA'],
    [{ r: 0 }, 'BUNDLE_INVALID', 'a rank of at least 1'],
    [{ composition_mode: 'cat' }, 'BUNDLE_INVALID', '"add" or "scale"'],
    [{ attn_matrices: ['x'] }, 'BUNDLE_INVALID', 'config.attn_matrices'],
    [{ r: 3 }, 'TENSORS_INVALID', 'where [3, 8] is expected'],
    [{ attn_matrices: ['q', 'k', 'v'] }, 'TENSORS_INVALID', 'missing: 0/key/lora_A'],
  ])('refuses %j', async (config, code, message) => {
    await expect(read(config)).rejects.toEqual(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../fixtures/files.js';
import { readAdapterHub } from './index.js';

const lora = { peft_type: 'LORA', r: 2, lora_alpha: 4, lora_dropout: 0.1, base_model_name_or_path: 'org/tiny' };
const at = (place: string, layer = 0): string => `base_model.model.bert.encoder.layer.${layer}.${place}`;
const pair = (place: string, enters = 8, leaves = 8): [string, number[]][] => [
  [`${at(place)}.lora_A.weight`, [2, enters]],
  [`${at(place)}.lora_B.weight`, [leaves, 2]],
];
const vectors = (place: string, shape: number[]): [string, number[]][] => [[`${at(place)}.ia3_l`, shape]];

function read(config: object, tensors: [string, number[]][], dir = 'runs/my.adapter/') {
  const folder = dir.replace(/\/$/, '');
  const files = {
    [`${folder}/adapter_config.json`]: { ...config },
    [`${folder}/adapter_model.safetensors`]: new Map(tensors),
  };
  return readAdapterHub(memoryFiles(files), folder);
}

describe('readAdapterHub of PEFT’s folders', () => {
  it('reads LoRA: named after the folder, adapted where the tensors say', async () => {
    const { adapters, composition, modelType, modelName, hiddenSize, warnings } = await read(lora, [
      ...pair('attention.self.query'),
      ...pair('attention.output.dense'),
      ...pair('output.dense', 20, 8),
    ]);
    expect([composition, modelType, modelName, hiddenSize, warnings]).toEqual([
      'my-adapter',
      undefined,
      'org/tiny',
      8,
      [],
    ]);
    expect(adapters[0]).toMatchObject({
      name: 'my-adapter',
      plugin: '@adapterfusion/adapter-lora#lora',
      options: {
        attn_matrices: ['q', 'o'],
        selfattn_lora: true,
        intermediate_lora: false,
        output_lora: true,
        r: 2,
        alpha: 4,
        dropout: 0.1,
      },
    });
    expect([...adapters[0]!.tensors].map(([path, { shape }]) => `${path} ${shape.join()}`)).toEqual([
      '0/query/lora_A 2,8',
      '0/query/lora_B 8,2',
      '0/attention_output/lora_A 2,8',
      '0/attention_output/lora_B 8,2',
      '0/output/lora_A 2,20',
      '0/output/lora_B 8,2',
    ]);
  });

  it('scales a rank-stabilised one by alpha / √r', async () => {
    const { adapters } = await read({ ...lora, use_rslora: true }, pair('attention.self.key'));
    expect((adapters[0]!.options['alpha'] as number) / 2).toBeCloseTo(4 / Math.sqrt(2), 6);
  });

  it('reads (IA)³ and leaves a classifier out with a warning', async () => {
    const { adapters, warnings } = await read({ peft_type: 'IA3' }, [
      ...vectors('attention.self.key', [8, 1]),
      ...vectors('intermediate.dense', [20, 1]),
      ['base_model.model.classifier.weight', [2, 8]],
    ]);
    expect(adapters[0]!.plugin).toBe('@adapterfusion/adapter-ia3#ia3');
    expect(adapters[0]!.options).toEqual({
      attn_matrices: ['k'],
      selfattn_lora: true,
      intermediate_lora: true,
      output_lora: false,
    });
    expect(adapters[0]!.tensors.get('0/intermediate/lora_B')!.shape).toEqual([20, 1]);
    expect(warnings).toEqual([expect.stringContaining('base_model.model.classifier.weight, …) was left out')]);
  });

  const query = pair('attention.self.query');
  it.each([
    [{ ...lora, peft_type: 'PREFIX_TUNING' }, query, 'UNSUPPORTED', 'peft_type'],
    [{ ...lora, use_dora: true }, query, 'UNSUPPORTED', 'use_dora'],
    [{ ...lora, rank_pattern: { query: 4 } }, query, 'UNSUPPORTED', 'rank_pattern'],
    [{ ...lora, bias: 'all' }, query, 'UNSUPPORTED', 'bias'],
    [{ ...lora, init_lora_weights: 'pissa' }, query, 'UNSUPPORTED', 'init_lora_weights'],
    [{ ...lora, r: 'two' }, query, 'BUNDLE_INVALID', 'r: expected a number'],
    [{ ...lora, r: 3 }, query, 'TENSORS_INVALID', 'where [3, 8] is expected'],
    [lora, [...query, ['base_model.model.bert.pooler.dense.lora_A.weight', [2, 8]]], 'TENSORS_INVALID', 'pooler'],
    [lora, [], 'TENSORS_INVALID', 'an encoder like BERT'],
    [{ peft_type: 'IA3' }, vectors('output.dense', [1, 20]), 'UNSUPPORTED', 'scales what enters it, at 0/output'],
  ] as [object, [string, number[]][], string, string][])('refuses %j', async (config, tensors, code, message) => {
    await expect(read(config, tensors)).rejects.toEqual(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('refuses a pickle that asks for a command', async () => {
    const files = memoryFiles({ 'd/adapter_config.json': lora, 'd/adapter_model.bin': 'cos\nsystem\n.' });
    await expect(readAdapterHub(files, 'd')).rejects.toMatchObject({ code: 'PICKLE_REFUSED' });
  });
});

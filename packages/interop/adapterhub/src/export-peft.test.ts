import { parseSafetensors } from '@adapterfusion/checkpoint';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../fixtures/files.js';
import { exportPeft, readAdapterHub, type ExportSetup } from './index.js';

const places = [
  ['query', 8, 8],
  ['attention_output', 8, 8],
  ['intermediate', 8, 20],
  ['output', 20, 8],
] as const;
const values = new Map(
  [0, 1].flatMap((layer) =>
    places.flatMap(([location, enters, leaves]) =>
      (
        [
          ['lora_A', [3, enters]],
          ['lora_B', [leaves, 3]],
        ] as const
      ).map(([name, shape]) => {
        const data = Float32Array.from({ length: shape[0] * shape[1] }, (_, at) => Math.sin(at + layer));
        return [`${layer}/${location}/${name}`, { shape, data }] as const;
      }),
    ),
  ),
);
const options = {
  r: 3,
  alpha: 6,
  dropout: 0.1,
  attn_matrices: ['q', 'o'],
  selfattn_lora: true,
  intermediate_lora: true,
  output_lora: true,
};
const part = { plugin: '@adapterfusion/adapter-lora#lora', options, values };
const setup: ExportSetup = {
  name: 'bundle',
  composition: 'a',
  adapters: new Map([['a', part]]),
  fusions: new Map(),
  heads: new Map(),
  backbone: { id: 'org/tiny', modelType: 'bert', hidden: 8 },
};
const changed = (options: object): ExportSetup['adapters'] =>
  new Map([['a', { ...part, options: { ...part.options, ...options } }]]);

describe('exportPeft', () => {
  it.each(['bert', 'roberta', 'distilbert'])('writes a folder that is read back the same: %s', async (modelType) => {
    const files = exportPeft({ ...setup, backbone: { ...setup.backbone, modelType } });
    const back = await readAdapterHub(
      memoryFiles(Object.fromEntries([...files].map(([path, bytes]) => [`out/${path}`, bytes]))),
      'out',
    );
    expect(back).toMatchObject({ composition: 'out', modelName: 'org/tiny', hiddenSize: 8, warnings: [] });
    expect(back.adapters[0]).toMatchObject({ plugin: part.plugin, options });
    const sorted = (tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>) =>
      [...tensors].map(([path, { shape, data }]) => [path, [...shape], [...data]]).sort();
    expect(sorted(back.adapters[0]!.tensors)).toEqual(sorted(values));
  });

  it('names whole modules, from the encoder on, as PEFT names them of a model without head', () => {
    const files = exportPeft(setup);
    const config = JSON.parse(new TextDecoder().decode(files.get('adapter_config.json'))) as Record<string, unknown>;
    expect(config).toMatchObject({ peft_type: 'LORA', r: 3, lora_alpha: 6, lora_dropout: 0.1, use_rslora: false });
    expect(config['target_modules']).toContain('encoder.layer.1.output.dense');
    const { tensors } = parseSafetensors(files.get('adapter_model.safetensors')!, 'out');
    expect(tensors.has('base_model.model.encoder.layer.0.attention.self.query.lora_A.weight')).toBe(true);
  });

  it.each<[string, Partial<ExportSetup>, string]>([
    [
      'a bottleneck adapter',
      { adapters: new Map([['a', { ...part, plugin: '@adapterfusion/adapter-bottleneck#seq_bn' }]]) },
      'expected LoRA',
    ],
    ['a gate', { adapters: changed({ use_gating: true }) }, 'LoRA without a gate'],
    ['a composition', { composition: { type: 'stack', children: ['a', 'a'] } }, 'a bundle of one adapter'],
    [
      'two adapters',
      {
        adapters: new Map([
          ['a', part],
          ['b', part],
        ]),
      },
      'a composition of a, b',
    ],
    ['another encoder', { backbone: { modelType: 'gpt2' } }, 'an encoder of type bert'],
  ])('refuses %s', (_, change, says) => {
    const thrown = (): unknown => {
      try {
        return exportPeft({ ...setup, ...change });
      } catch (error) {
        return error;
      }
    };
    expect(AdapterFusionError.is(thrown())).toBe(true);
    expect(thrown()).toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining(says) as string });
  });
});

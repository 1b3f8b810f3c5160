import { existsSync, readFileSync } from 'node:fs';
import { AdapterFusionError, type SiteHook, type Tensor } from '@adapterfusion/contracts';
import { add, dispose, intTensor, openBackend, read, scope, tensor, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { bert } from './index.js';

const config = {
  model_type: 'bert',
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  vocab_size: 10,
};
const make = (changes: object = {}) => bert().create({ config: { ...config, ...changes } });
const plain: SiteHook = (_, { y, residual, norm }) => (residual && norm ? norm(add(y, residual)) : y);

beforeAll(() => openBackend('cpu'));

describe('a configuration', () => {
  it('fills in what BERT’s own leaves out', () => {
    const backbone = make();
    expect(backbone).toMatchObject({
      modelType: 'bert',
      hidden: 8,
      layers: 2,
      maxLength: 512,
      headDropout: 0.1,
      attentionDropout: 0.1,
    });
    expect(make({ classifier_dropout: null, hidden_dropout_prob: 0.3 }).headDropout).toBe(0.3);
    expect(make({ classifier_dropout: 0.2 }).headDropout).toBe(0.2);
    expect(make({ max_position_embeddings: 16, attention_probs_dropout_prob: 0 })).toMatchObject({
      maxLength: 16,
      attentionDropout: 0,
    });
  });

  const refusals: [changes: object, code: string, message: string][] = [
    [
      { hidden_size: undefined },
      'OPTIONS_INVALID',
      'config.json: hidden_size: expected a number of at least 1; got nothing',
    ],
    [{ num_hidden_layers: 0 }, 'OPTIONS_INVALID', 'num_hidden_layers'],
    [{ vocab_size: '10' }, 'OPTIONS_INVALID', 'got "10"'],
    [{ intermediate_size: Number.NaN }, 'OPTIONS_INVALID', 'intermediate_size'],
    [{ layer_norm_eps: -1 }, 'OPTIONS_INVALID', 'at least 0'],
    [{ hidden_act: 'gelo' }, 'OPTIONS_INVALID', 'Did you mean "gelu"?'],
    [{ model_type: 'gpt2' }, 'UNSUPPORTED', 'expected "bert"; got "gpt2"'],
    [{ position_embedding_type: 'relative_key' }, 'UNSUPPORTED', 'position_embedding_type'],
    [{ is_decoder: true }, 'UNSUPPORTED', 'is_decoder'],
    [{ num_attention_heads: 3 }, 'UNSUPPORTED', 'a divisor of hidden_size 8'],
  ];
  for (const [changes, code, message] of refusals)
    it(`is refused with ${JSON.stringify(changes)}`, () => {
      let caught: unknown;
      try {
        make(changes);
      } catch (error) {
        caught = error;
      }
      expect(AdapterFusionError.is(caught)).toBe(true);
      expect((caught as AdapterFusionError).code).toBe(code);
      expect((caught as AdapterFusionError).message).toContain(message);
    });

  it('takes no options', () => {
    expect(() => bert({ layers: 3 } as object)).toThrow(/known option/);
  });
});

describe('parameters', () => {
  it('have the shapes of the checkpoint; the pooler is optional and no part of the fingerprint', () => {
    const { parameters } = make();
    const shapes = Object.fromEntries(parameters.map(({ path, shape }) => [path, shape]));
    expect(parameters.length).toBe(5 + 2 * 16 + 2);
    expect(shapes).toMatchObject({
      'embeddings.word_embeddings.weight': [10, 8],
      'embeddings.position_embeddings.weight': [512, 8],
      'embeddings.token_type_embeddings.weight': [2, 8],
      'encoder.layer.1.attention.self.query.weight': [8, 8],
      'encoder.layer.1.attention.output.LayerNorm.bias': [8],
      'encoder.layer.0.intermediate.dense.weight': [12, 8],
      'encoder.layer.0.intermediate.dense.bias': [12],
      'encoder.layer.0.output.dense.weight': [8, 12],
    });
    const apart = parameters.filter(({ fingerprint, optional }) => !fingerprint || optional);
    expect(apart).toEqual([
      { path: 'pooler.dense.weight', shape: [8, 8], fingerprint: false, optional: true },
      { path: 'pooler.dense.bias', shape: [8], fingerprint: false, optional: true },
    ]);
  });

  it('are found under the names that checkpoints use', () => {
    const { pathOf } = make();
    expect(pathOf('bert.encoder.layer.0.output.dense.weight')).toBe('encoder.layer.0.output.dense.weight');
    expect(pathOf('encoder.layer.0.output.dense.weight')).toBe('encoder.layer.0.output.dense.weight');
    expect(pathOf('bert.embeddings.LayerNorm.gamma')).toBe('embeddings.LayerNorm.weight');
    expect(pathOf('embeddings.LayerNorm.beta')).toBe('embeddings.LayerNorm.bias');
    expect(pathOf('bert.pooler.dense.bias')).toBe('pooler.dense.bias');
    for (const other of [
      'bert.embeddings.position_ids',
      'cls.predictions.bias',
      'encoder.layer.2.output.dense.weight',
      'constructor',
    ])
      expect(pathOf(other), other).toBeUndefined();
  });

  it('has sites in every layer', () => {
    expect(
      make()
        .sites.map(({ name }) => name)
        .filter((name) => name.endsWith('adapter')),
    ).toEqual(['0/mh_adapter', '0/output_adapter', '1/mh_adapter', '1/output_adapter']);
  });
});

const tiny = new URL('../../../../../shared/golden/adapterhub-tiny/', import.meta.url);

describe.skipIf(!existsSync(tiny))(
  `the reference's tiny encoder${existsSync(tiny) ? '' : ' (../shared is absent)'}`,
  () => {
    interface Expected {
      readonly input_ids: number[][];
      readonly token_type_ids: number[][];
      readonly attention_mask: number[][];
      readonly cases: { readonly base: { readonly last_hidden_state: number[][][] } };
    }

    it('has the same hidden states', async () => {
      const before = tensorCount();
      const json = (name: string): unknown => JSON.parse(readFileSync(new URL(name, tiny), 'utf8'));
      const backbone = bert().create({ config: json('base/config.json') as Record<string, unknown> });
      const bytes = readFileSync(new URL('base/model.safetensors', tiny));
      const length = Number(bytes.readBigUInt64LE(0));
      const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
        string,
        { shape: number[]; data_offsets: [number, number] }
      >;
      const params: Record<string, Tensor> = {};
      for (const [name, entry] of Object.entries(header)) {
        const path = backbone.pathOf(name);
        if (path === undefined) continue;
        const [from, to] = entry.data_offsets.map((offset) => offset + 8 + length);
        params[path] = tensor(new Float32Array(Uint8Array.from(bytes.subarray(from, to)).buffer), entry.shape);
      }
      for (const { path, shape, optional } of backbone.parameters)
        if (!optional) expect(params[path]?.shape, path).toEqual(shape);

      const expected = json('expected.json') as Expected;
      const shape = [expected.input_ids.length, expected.input_ids[0]!.length];
      const { hidden, pooled } = scope(() => {
        const ids = intTensor(expected.input_ids.flat(), shape);
        const types = intTensor(expected.token_type_ids.flat(), shape);
        const mask = tensor(expected.attention_mask.flat(), shape);
        let states = backbone.embed(params, { ids, types, mask }, plain, {});
        for (let layer = 0; layer < backbone.layers; layer++)
          states = backbone.layer(layer, params, states, mask, plain, {});
        return { hidden: states, pooled: backbone.pool?.(params, states) };
      });
      const want = expected.cases.base.last_hidden_state.flat(2);
      const got = await read(hidden);
      expect(got.length).toBe(want.length);
      got.forEach((value, index) => expect(Math.abs(value - want[index]!)).toBeLessThan(1e-5));
      const weight = params['pooler.dense.weight'];
      expect(pooled?.shape).toEqual(weight ? [shape[0], backbone.hidden] : undefined);
      dispose([hidden, ...(pooled ? [pooled] : []), ...Object.values(params)]);
      expect(tensorCount()).toBe(before);
    });
  },
);

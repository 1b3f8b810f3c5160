import {
  gatherRows,
  dispose,
  intTensor,
  openBackend,
  parameterRandom,
  read,
  scope,
  tensor,
} from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { roberta } from './index.js';

const config = {
  model_type: 'roberta',
  hidden_size: 4,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 6,
  vocab_size: 10,
  max_position_embeddings: 9,
  type_vocab_size: 1,
  pad_token_id: 1,
};
const make = (changes: object = {}) => roberta().create({ config: { ...config, ...changes } });

beforeAll(() => openBackend('cpu'));

describe('RoBERTa', () => {
  it('takes as many tokens as positions are left after the padding id', () => {
    expect(make()).toMatchObject({ modelType: 'roberta', hidden: 4, layers: 2, maxLength: 7 });
    expect(make({ max_position_embeddings: 514, pad_token_id: undefined }).maxLength).toBe(512);
    expect(make({ model_type: 'xlm-roberta' }).modelType).toBe('xlm-roberta');
  });

  it.each([
    [{ model_type: 'bert' }, 'UNSUPPORTED', '"roberta" or "xlm-roberta"'],
    [{ position_embedding_type: 'relative_key' }, 'UNSUPPORTED', 'the RoBERTa encoder'],
    [{ pad_token_id: -1 }, 'OPTIONS_INVALID', 'pad_token_id'],
    [{ vocab_size: undefined }, 'OPTIONS_INVALID', 'vocab_size'],
  ])('refuses %j', (changes, code, message) => {
    const wanted = expect.objectContaining({ code, message: expect.stringContaining(message) }) as Error;
    expect(() => make(changes)).toThrow(wanted);
  });

  it('finds its parameters with and without "roberta." in front, and the pooler apart', () => {
    const { pathOf, parameters } = make();
    expect(pathOf('roberta.embeddings.LayerNorm.gamma')).toBe('embeddings.LayerNorm.weight');
    expect(pathOf('encoder.layer.1.output.dense.bias')).toBe('encoder.layer.1.output.dense.bias');
    for (const other of ['lm_head.bias', 'roberta.embeddings.position_ids', 'bert.embeddings.LayerNorm.weight'])
      expect(pathOf(other), other).toBeUndefined();
    expect(parameters.filter(({ fingerprint }) => !fingerprint).map(({ path }) => path)).toEqual([
      'pooler.dense.weight',
      'pooler.dense.bias',
    ]);
  });

  it('counts positions from the padding id on, gives padding its own, and looks at no token types', async () => {
    const backbone = make();
    const random = parameterRandom(1, 'x');
    const params = Object.fromEntries(
      backbone.parameters.map(({ path, shape }) => [path, random.normal(shape, /bias$/.test(path) ? 0 : 1)]),
    );
    const ids = intTensor([5, 6, 7, 5, 6, 1], [2, 3]);
    const mask = tensor([1, 1, 1, 1, 1, 0], [2, 3]);
    const embed = async (types: number[]): Promise<Float32Array> => {
      const given = intTensor(types, [2, 3]);
      const out = backbone.embed(params, { ids, types: given, mask }, (_, { y }) => y, {});
      const values = await read(out);
      dispose([out, given]);
      return values;
    };
    const got = await embed([0, 0, 0, 0, 0, 0]);
    expect(await embed([0, 1, 1, 0, 0, 1])).toEqual(got);
    const table = async (name: string, rows: number[]): Promise<Float32Array> =>
      read(scope(() => gatherRows(params[`embeddings.${name}_embeddings.weight`]!, intTensor(rows, [rows.length]))));
    const words = await table('word', [5, 6, 7, 5, 6, 1]);
    const positions = await table('position', [2, 3, 4, 2, 3, 1]);
    const type = await table('token_type', [0]);
    const gain = await read(params['embeddings.LayerNorm.weight']!);
    for (let row = 0; row < 6; row++) {
      const sum = [0, 1, 2, 3].map((j) => words[row * 4 + j]! + positions[row * 4 + j]! + type[j]!);
      const mean = sum.reduce((a, b) => a + b, 0) / 4;
      const deviation = Math.sqrt(sum.reduce((a, b) => a + (b - mean) ** 2, 0) / 4);
      sum.forEach((value, j) => expect(got[row * 4 + j]).toBeCloseTo(((value - mean) / deviation) * gain[j]!, 4));
    }
  });
});

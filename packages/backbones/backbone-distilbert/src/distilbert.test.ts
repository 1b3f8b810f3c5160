import { describe, expect, it } from 'vitest';
import { distilbert } from './index.js';

const config = {
  model_type: 'distilbert',
  dim: 8,
  n_layers: 2,
  n_heads: 2,
  hidden_dim: 12,
  vocab_size: 10,
  max_position_embeddings: 16,
};
const make = (changes: object = {}) => distilbert().create({ config: { ...config, ...changes } });

describe('DistilBERT', () => {
  it('fills in what its configuration leaves out', () => {
    expect(make()).toMatchObject({
      modelType: 'distilbert',
      hidden: 8,
      layers: 2,
      maxLength: 16,
      headDropout: 0.2,
      attentionDropout: 0.1,
    });
    expect(make({ max_position_embeddings: undefined, attention_dropout: 0 })).toMatchObject({
      maxLength: 512,
      attentionDropout: 0,
    });
  });

  it.each([
    [{ model_type: 'bert' }, 'UNSUPPORTED', 'the DistilBERT encoder'],
    [{ n_heads: 3 }, 'UNSUPPORTED', 'a divisor of dim 8'],
    [{ dim: undefined }, 'OPTIONS_INVALID', 'config.json: dim'],
    [{ activation: 'gelo' }, 'OPTIONS_INVALID', 'Did you mean "gelu"?'],
  ])('refuses %j', (changes, code, message) => {
    const wanted = expect.objectContaining({ code, message: expect.stringContaining(message) }) as Error;
    expect(() => make(changes)).toThrow(wanted);
  });

  it('has no token types and no pooler, and the names of its checkpoints', () => {
    const { parameters, pathOf, sites } = make();
    expect(parameters).toHaveLength(4 + 2 * 16);
    expect(parameters.every(({ fingerprint, optional }) => fingerprint && !optional)).toBe(true);
    expect(pathOf('distilbert.transformer.layer.1.ffn.lin2.bias')).toBe('transformer.layer.1.ffn.lin2.bias');
    expect(pathOf('embeddings.LayerNorm.weight')).toBe('embeddings.LayerNorm.weight');
    for (const other of [
      'vocab_transform.weight',
      'pre_classifier.weight',
      'distilbert.transformer.layer.2.ffn.lin1.bias',
    ])
      expect(pathOf(other), other).toBeUndefined();
    expect(sites.find(({ name }) => name === '1/output')).toMatchObject({
      role: 'linear',
      inDim: 12,
      outDim: 8,
      projection: 'transformer.layer.1.ffn.lin2',
    });
  });
});

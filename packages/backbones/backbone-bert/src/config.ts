import { AdapterFusionError } from '@adapterfusion/contracts';
import { checkActivation } from '@adapterfusion/tensor';

/** What of a hub `config.json` the encoder needs. */
export interface BertConfig {
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly inner: number;
  readonly vocabulary: number;
  readonly positions: number;
  readonly types: number;
  readonly activation: string;
  readonly epsilon: number;
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  readonly headDropout: number;
}

type Json = { readonly [key: string]: unknown };

/** Reads a BERT configuration. @throws OPTIONS_INVALID for a missing or wrong entry; UNSUPPORTED for another architecture */
export function parseConfig(config: Json): BertConfig {
  const number = (key: string, least: number, fallback?: number): number => {
    const value = config[key] ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value;
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: `config.json: ${key}`,
      expected: `a number of at least ${least}`,
      got: JSON.stringify(value) ?? 'nothing',
      fix: 'Use the config.json that came with the model.',
    });
  };
  const only = (key: string, allowed: readonly unknown[]): void => {
    if (config[key] === undefined || allowed.includes(config[key])) return;
    throw new AdapterFusionError('UNSUPPORTED', {
      at: `config.json: ${key}`,
      expected: allowed.map((value) => JSON.stringify(value)).join(' or '),
      got: JSON.stringify(config[key]),
      fix: 'This backbone is the BERT encoder; use a model of that kind.',
    });
  };
  only('model_type', ['bert']);
  only('position_embedding_type', ['absolute']);
  only('is_decoder', [false]);
  const hidden = number('hidden_size', 1);
  const heads = number('num_attention_heads', 1);
  if (hidden % heads !== 0) only('num_attention_heads', [`a divisor of hidden_size ${hidden}`]);
  const hiddenDropout = number('hidden_dropout_prob', 0, 0.1);
  return {
    hidden,
    heads,
    layers: number('num_hidden_layers', 1),
    inner: number('intermediate_size', 1),
    vocabulary: number('vocab_size', 1),
    positions: number('max_position_embeddings', 1, 512),
    types: number('type_vocab_size', 1, 2),
    activation: checkActivation(
      typeof config.hidden_act === 'string' ? config.hidden_act : 'gelu',
      'config.json: hidden_act',
    ),
    epsilon: number('layer_norm_eps', 0, 1e-12),
    hiddenDropout,
    attentionDropout: number('attention_probs_dropout_prob', 0, 0.1),
    headDropout: number('classifier_dropout', 0, hiddenDropout),
  };
}

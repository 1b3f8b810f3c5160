import { canonicalName, configReader, type EncoderConfig, type EncoderNames } from '@adapterfusion/encoder';

/** DistilBERT's norms have this epsilon, whatever the configuration says. */
const EPSILON = 1e-12;

/** Reads a DistilBERT configuration. @throws OPTIONS_INVALID for a missing or wrong entry; UNSUPPORTED for another architecture */
export function parseConfig(config: { readonly [key: string]: unknown }): EncoderConfig {
  const { number, activation, only } = configReader(config, 'DistilBERT');
  only('model_type', ['distilbert']);
  const hidden = number('dim', 1);
  const heads = number('n_heads', 1);
  if (hidden % heads !== 0) only('n_heads', [`a divisor of dim ${hidden}`]);
  return {
    modelType: 'distilbert',
    hidden,
    heads,
    layers: number('n_layers', 1),
    inner: number('hidden_dim', 1),
    vocabulary: number('vocab_size', 1),
    positions: number('max_position_embeddings', 1, 512),
    activation: activation('activation'),
    epsilon: EPSILON,
    hiddenDropout: number('dropout', 0, 0.1),
    attentionOutputDropout: 0,
    attentionDropout: number('attention_dropout', 0, 0.1),
    headDropout: number('seq_classif_dropout', 0, 0.2),
  };
}

/** Where DistilBERT's parameters lie. */
export const distilbertNames: EncoderNames = {
  pooler: false,
  canonical: (name) => canonicalName(name, 'distilbert'),
  layer(index) {
    const at = `transformer.layer.${index}`;
    return {
      query: `${at}.attention.q_lin`,
      key: `${at}.attention.k_lin`,
      value: `${at}.attention.v_lin`,
      attentionOutput: `${at}.attention.out_lin`,
      attentionNorm: `${at}.sa_layer_norm`,
      intermediate: `${at}.ffn.lin1`,
      output: `${at}.ffn.lin2`,
      outputNorm: `${at}.output_layer_norm`,
    };
  },
};

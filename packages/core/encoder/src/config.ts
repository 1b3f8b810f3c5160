import { AdapterFusionError } from '@adapterfusion/contracts';
import { checkActivation } from '@adapterfusion/tensor';
import type { LayerShape } from './layer.js';

/** What an encoder is made from. */
export interface EncoderConfig extends LayerShape {
  /** The hub's `model_type`. */
  readonly modelType: string;
  readonly hidden: number;
  readonly layers: number;
  readonly inner: number;
  /** Rows of the tables of words and positions, and of token types where there is one. */
  readonly vocabulary: number;
  readonly positions: number;
  readonly types?: number;
  readonly headDropout: number;
}

type Json = { readonly [key: string]: unknown };

/** Reads single entries of a hub's `config.json`. */
export interface ConfigReader {
  /** A number of at least `least`; `fallback` where the entry is missing or null. @throws OPTIONS_INVALID */
  number(key: string, least: number, fallback?: number): number;
  /** The name of an activation. @throws OPTIONS_INVALID */
  activation(key: string): string;
  /** Accepts an entry only when it is missing or one of these. @throws UNSUPPORTED */
  only(key: string, allowed: readonly unknown[]): void;
}

/** @param kind how to call the encoder in messages: `BERT` */
export function configReader(config: Json, kind: string): ConfigReader {
  return {
    number(key, least, fallback) {
      const value = config[key] ?? fallback;
      if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value;
      throw new AdapterFusionError('OPTIONS_INVALID', {
        at: `config.json: ${key}`,
        expected: `a number of at least ${least}`,
        got: JSON.stringify(value) ?? 'nothing',
        fix: 'Use the config.json that came with the model.',
      });
    },
    activation(key) {
      const name = config[key];
      return checkActivation(typeof name === 'string' ? name : 'gelu', `config.json: ${key}`);
    },
    only(key, allowed) {
      if (config[key] === undefined || allowed.includes(config[key])) return;
      throw new AdapterFusionError('UNSUPPORTED', {
        at: `config.json: ${key}`,
        expected: allowed.map((value) => JSON.stringify(value)).join(' or '),
        got: JSON.stringify(config[key]),
        fix: `This backbone is the ${kind} encoder; use a model of that kind.`,
      });
    },
  };
}

/**
 * The entries that `config.json` has for BERT and RoBERTa.
 * @param modelTypes the values of `model_type` that are accepted; the first is meant where it is missing
 * @throws OPTIONS_INVALID for a missing or wrong entry; UNSUPPORTED for another architecture
 */
export function parseBertConfig(config: Json, kind: string, modelTypes: readonly [string, ...string[]]): EncoderConfig {
  const { number, activation, only } = configReader(config, kind);
  only('model_type', modelTypes);
  only('position_embedding_type', ['absolute']);
  only('is_decoder', [false]);
  const hidden = number('hidden_size', 1);
  const heads = number('num_attention_heads', 1);
  if (hidden % heads !== 0) only('num_attention_heads', [`a divisor of hidden_size ${hidden}`]);
  const hiddenDropout = number('hidden_dropout_prob', 0, 0.1);
  return {
    modelType: typeof config['model_type'] === 'string' ? config['model_type'] : modelTypes[0],
    hidden,
    heads,
    layers: number('num_hidden_layers', 1),
    inner: number('intermediate_size', 1),
    vocabulary: number('vocab_size', 1),
    positions: number('max_position_embeddings', 1, 512),
    types: number('type_vocab_size', 1, 2),
    activation: activation('hidden_act'),
    epsilon: number('layer_norm_eps', 0, 1e-12),
    hiddenDropout,
    attentionDropout: number('attention_probs_dropout_prob', 0, 0.1),
    headDropout: number('classifier_dropout', 0, hiddenDropout),
  };
}

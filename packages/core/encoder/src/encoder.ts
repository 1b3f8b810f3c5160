import type { Backbone, Params, Tensor, TokenBatch } from '@adapterfusion/contracts';
import { activate, add, gatherRows, linear, mul, reshape, scope, slice } from '@adapterfusion/tensor';
import type { EncoderConfig } from './config.js';
import { embeddingSite, encoderLayer, layerSites, sumEmbeddings } from './layer.js';
import { parametersOf, type EncoderNames } from './names.js';

/** What the embeddings of an encoder add up beside the words. */
export interface EmbeddingChoices {
  /** Token types: those of the batch, the first one for every token, or none. */
  readonly types: 'given' | 'first' | 'none';
  /**
   * The id that fills up rows, where the encoder counts positions from the one after it and gives padding the position of
   * this number; otherwise positions are counted from 0.
   */
  readonly padding?: number;
}

/**
 * An encoder of layers that normalise after the residual: BERT, RoBERTa, DistilBERT.
 * @param names where its parameters lie
 * @returns a backbone whose tensors are its caller's
 */
export function createEncoder(config: EncoderConfig, names: EncoderNames, choices: EmbeddingChoices): Backbone {
  const { hidden, layers } = config;
  const { padding } = choices;
  const parameters = parametersOf(config, names);
  const known = new Set(parameters.map(({ path }) => path));
  const paths = Array.from({ length: layers }, (_, layer) => names.layer(layer));
  const sites = paths.map((each, layer) => layerSites(layer, hidden, config.inner, each));
  const embeddings = embeddingSite(hidden);
  const table = (params: Params, name: string): Tensor => params[`embeddings.${name}_embeddings.weight`]!;
  const row = (from: Tensor, index: number): Tensor => reshape(slice(from, 0, index, 1), [1, 1, hidden]);

  const rowsOf = (from: Tensor, indices: Tensor): Tensor => {
    const [batch, time] = indices.shape as [number, number];
    return reshape(gatherRows(from, reshape(indices, [batch * time])), [batch, time, hidden]);
  };

  const positions = (params: Params, { mask }: TokenBatch): Tensor => {
    const [batch, time] = mask.shape as [number, number];
    const from = table(params, 'position');
    const counted = (start: number): Tensor => reshape(slice(from, 0, start, time), [1, time, hidden]);
    if (padding === undefined) return counted(0);
    const tokens = reshape(mask, [batch, time, 1]);
    return add(mul(counted(padding + 1), tokens), mul(row(from, padding), add(mul(tokens, -1), 1)));
  };

  return {
    modelType: config.modelType,
    hidden,
    layers,
    maxLength: config.positions - (padding === undefined ? 0 : padding + 1),
    headDropout: config.headDropout,
    attentionDropout: config.attentionDropout,
    sites: [embeddings, ...sites.flatMap((layer) => Object.values(layer))],
    parameters,
    pathOf(tensorName) {
      const path = names.canonical(tensorName);
      return known.has(path) ? path : undefined;
    },
    embed: (params, tokens, act, pass) =>
      scope(() => {
        const types = {
          given: () => [rowsOf(table(params, 'token_type'), tokens.types)],
          first: () => [row(table(params, 'token_type'), 0)],
          none: () => [],
        }[choices.types]();
        const norm = { weight: params['embeddings.LayerNorm.weight']!, bias: params['embeddings.LayerNorm.bias']! };
        const sum = sumEmbeddings(
          [rowsOf(table(params, 'word'), tokens.ids), ...types, positions(params, tokens)],
          { ...norm, epsilon: config.epsilon },
          config.hiddenDropout,
          pass,
        );
        return act(embeddings, { x: sum, y: sum });
      }),
    layer: (index, params, states, mask, act, pass) =>
      encoderLayer(params, paths[index]!, sites[index]!, config, states, mask, act, pass),
    pool: (params, states) => {
      const weight = params['pooler.dense.weight'];
      if (!weight) return undefined;
      return scope(() => {
        const first = reshape(slice(states, 1, 0, 1), [states.shape[0]!, hidden]);
        return activate('tanh', linear(first, weight, params['pooler.dense.bias']));
      });
    },
  };
}

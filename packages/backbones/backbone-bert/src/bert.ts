import { definePlugin, type Backbone, type ParameterSpec, type Params, type Tensor } from '@adapterfusion/contracts';
import { parseOptions } from '@adapterfusion/contracts';
import { encoderLayer, layerSites, sumEmbeddings, type LayerPaths } from '@adapterfusion/encoder';
import { activate, gatherRows, linear, reshape, scope, slice } from '@adapterfusion/tensor';
import { parseConfig, type BertConfig } from './config.js';

const layerPaths = (layer: number): LayerPaths => {
  const at = `encoder.layer.${layer}`;
  return {
    query: `${at}.attention.self.query`,
    key: `${at}.attention.self.key`,
    value: `${at}.attention.self.value`,
    attentionOutput: `${at}.attention.output.dense`,
    attentionNorm: `${at}.attention.output.LayerNorm`,
    intermediate: `${at}.intermediate.dense`,
    output: `${at}.output.dense`,
    outputNorm: `${at}.output.LayerNorm`,
  };
};

function parametersOf(config: BertConfig): ParameterSpec[] {
  const { hidden, inner } = config;
  const specs: ParameterSpec[] = [];
  const add = (path: string, shape: number[]): void => void specs.push({ path, shape, fingerprint: true });
  const both = (path: string, shape: number[]): void => {
    add(`${path}.weight`, shape);
    add(`${path}.bias`, [shape[0]!]);
  };
  add('embeddings.word_embeddings.weight', [config.vocabulary, hidden]);
  add('embeddings.position_embeddings.weight', [config.positions, hidden]);
  add('embeddings.token_type_embeddings.weight', [config.types, hidden]);
  both('embeddings.LayerNorm', [hidden]);
  for (let layer = 0; layer < config.layers; layer++) {
    const paths = layerPaths(layer);
    for (const path of [paths.query, paths.key, paths.value, paths.attentionOutput]) both(path, [hidden, hidden]);
    both(paths.attentionNorm, [hidden]);
    both(paths.intermediate, [inner, hidden]);
    both(paths.output, [hidden, inner]);
    both(paths.outputNorm, [hidden]);
  }
  for (const [name, shape] of [
    ['weight', [hidden, hidden]],
    ['bias', [hidden]],
  ] as const)
    specs.push({ path: `pooler.dense.${name}`, shape, fingerprint: false, optional: true });
  return specs;
}

/** Canonical path of a checkpoint's tensor: without `bert.`, with today's names of layer norm's parameters. */
function canonical(name: string): string {
  return name
    .replace(/^bert\./, '')
    .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
}

function createBert(config: BertConfig): Backbone {
  const parameters = parametersOf(config);
  const known = new Set(parameters.map((spec) => spec.path));
  const sites = Array.from({ length: config.layers }, (_, layer) =>
    layerSites(layer, config.hidden, config.inner, layerPaths(layer)),
  );
  return {
    modelType: 'bert',
    hidden: config.hidden,
    layers: config.layers,
    maxLength: config.positions,
    headDropout: config.headDropout,
    attentionDropout: config.attentionDropout,
    sites: sites.flatMap((layer) => Object.values(layer)),
    parameters,
    pathOf(tensorName) {
      const path = canonical(tensorName);
      return known.has(path) ? path : undefined;
    },
    embed: (params, { ids, types }, pass) =>
      scope(() => {
        const [batch, time] = ids.shape as [number, number];
        const rows = (table: string, indices: Tensor): Tensor =>
          reshape(gatherRows(params[`embeddings.${table}.weight`]!, reshape(indices, [batch * time])), [
            batch,
            time,
            config.hidden,
          ]);
        const positions = slice(params['embeddings.position_embeddings.weight']!, 0, 0, time);
        return sumEmbeddings(
          [
            rows('word_embeddings', ids),
            rows('token_type_embeddings', types),
            reshape(positions, [1, time, config.hidden]),
          ],
          {
            weight: params['embeddings.LayerNorm.weight']!,
            bias: params['embeddings.LayerNorm.bias']!,
            epsilon: config.epsilon,
          },
          config.hiddenDropout,
          pass,
        );
      }),
    layer: (index, params, hidden, mask, act, pass) =>
      encoderLayer(params, layerPaths(index), sites[index]!, config, hidden, mask, act, pass),
    pool: (params: Params, hidden) => {
      const weight = params['pooler.dense.weight'];
      if (!weight) return undefined;
      return scope(() => {
        const first = reshape(slice(hidden, 1, 0, 1), [hidden.shape[0]!, config.hidden]);
        return activate('tanh', linear(first, weight, params['pooler.dense.bias']));
      });
    },
  };
}

/**
 * BERT encoders (Devlin et al. 2019) from a hub folder's `config.json` and tensors. No options.
 * @throws OPTIONS_INVALID for a configuration with missing entries; UNSUPPORTED for another architecture
 */
export const bert = definePlugin<'backbone', Record<string, never>>({
  kind: 'backbone',
  id: 'bert',
  packageName: '@adapterfusion/backbone-bert',
  packageVersion: '0.1.0',
  supports: { roles: ['sublayer', 'linear'] },
  options: (input) => parseOptions({}, input, 'bert'),
  create: (_, { config }) => createBert(parseConfig(config)),
});

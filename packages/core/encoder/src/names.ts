import type { ParameterSpec } from '@adapterfusion/contracts';
import type { EncoderConfig } from './config.js';
import type { LayerPaths } from './layer.js';

/** Where an encoder's parameters lie. */
export interface EncoderNames {
  readonly layer: (index: number) => LayerPaths;
  /** The canonical path of a checkpoint's tensor, which need not be one of the encoder's. */
  readonly canonical: (tensorName: string) => string;
  /** Whether a checkpoint may have a pooler, `pooler.dense`. */
  readonly pooler: boolean;
}

/** The names of BERT's and RoBERTa's parameters. @param prefix the model's own, which checkpoints may have in front */
export function bertNames(prefix: string): EncoderNames {
  return {
    pooler: true,
    canonical: (name) => canonicalName(name, prefix),
    layer(index) {
      const at = `encoder.layer.${index}`;
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
    },
  };
}

/** A tensor's name without the model's own in front, with today's names of layer norm's parameters. */
export function canonicalName(name: string, prefix: string): string {
  return (name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : name)
    .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
}

/** Every parameter of an encoder: embeddings, layers, and the pooler, which a checkpoint may lack. */
export function parametersOf(config: EncoderConfig, names: EncoderNames): ParameterSpec[] {
  const { hidden, inner } = config;
  const specs: ParameterSpec[] = [];
  const add = (path: string, shape: number[]): void => void specs.push({ path, shape, fingerprint: true });
  const both = (path: string, shape: number[]): void => {
    add(`${path}.weight`, shape);
    add(`${path}.bias`, [shape[0]!]);
  };
  add('embeddings.word_embeddings.weight', [config.vocabulary, hidden]);
  add('embeddings.position_embeddings.weight', [config.positions, hidden]);
  if (config.types !== undefined) add('embeddings.token_type_embeddings.weight', [config.types, hidden]);
  both('embeddings.LayerNorm', [hidden]);
  for (let layer = 0; layer < config.layers; layer++) {
    const paths = names.layer(layer);
    for (const path of [paths.query, paths.key, paths.value, paths.attentionOutput]) both(path, [hidden, hidden]);
    both(paths.attentionNorm, [hidden]);
    both(paths.intermediate, [inner, hidden]);
    both(paths.output, [hidden, inner]);
    both(paths.outputNorm, [hidden]);
  }
  if (!names.pooler) return specs;
  const pooler = { fingerprint: false, optional: true };
  specs.push({ path: 'pooler.dense.weight', shape: [hidden, hidden], ...pooler });
  specs.push({ path: 'pooler.dense.bias', shape: [hidden], ...pooler });
  return specs;
}

import { configure, type LoopSettings } from '@adapterfusion/contracts';
import { Model, type Composition } from '@adapterfusion/model';
import { parameterRandom } from '@adapterfusion/tensor';
import { createRegistry } from 'adapterfusion';
import { SHAPES, VOCABULARY, type Work } from './work.js';

/** The settings of a benchmark's training: as the reference's loop, AdamW without clipping, every step alike. */
export const SETTINGS: LoopSettings = {
  epochs: 1,
  batchSize: 8,
  accumulate: 1,
  optimizer: 'adamw',
  momentum: 0,
  learningRate: 1e-4,
  schedule: 'linear',
  warmup: 0,
  weightDecay: 0.01,
  clip: 0,
  patience: 0,
  keep: 'last',
  seed: 1,
  maxLength: 128,
  classWeights: 'none',
  batching: 'shuffle',
  checkpointEvery: 0,
  activationCache: 0,
};

/** A model of random weights, ready for a piece of work. @param fusion the fusion's id  @returns the caller's */
export function randomModel({ case: name, shape, adapters }: Work, fusion: string): Model {
  const registry = createRegistry();
  const config = { model_type: 'bert', vocab_size: VOCABULARY, ...SHAPES[shape] };
  const backbone = configure(registry.get('backbone', 'bert')).create({ config });
  const params = Object.fromEntries(
    backbone.parameters.map(({ path, shape: size }) => {
      const random = parameterRandom(1, path);
      return [path, /LayerNorm\.weight$/.test(path) ? random.constant(size, 1) : random.uniform(size, 0.05)];
    }),
  );
  const model = new Model(backbone, params);
  const children = Array.from({ length: adapters }, (_, index) => `task${index}`);
  for (const child of children) model.addAdapter(child, registry.configure('adapter', 'seq_bn'), { seed: 1 });
  for (const head of name === 'five' ? children : ['target'])
    model.addHead(head, registry.configure('head', 'classification'), ['no', 'yes'], { seed: 1 });
  if (name.endsWith('/adapter')) model.compose('task0');
  if (name === 'five') model.compose({ type: 'parallel', children });
  if (name.endsWith('/fusion')) {
    const lead = children[children.length - 1]!;
    const node = { type: 'fuse', fusion: 'f', lead, inputs: 'own', children } satisfies Composition;
    model.addFusion(registry.configure('fusion', fusion), node, { seed: 1 });
    model.compose(node);
  }
  return model;
}

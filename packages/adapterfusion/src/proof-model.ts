import { configure, type HostBatch, type HostTargets, type Params } from '@adapterfusion/contracts';
import { Model, type Composition } from '@adapterfusion/model';
import type { Registry } from '@adapterfusion/runtime';
import { parameterRandom, randomWords, read } from '@adapterfusion/tensor';
import type { TrainingRow } from '@adapterfusion/training';

const SEED = 5;

/** Small, with lengths that no kernel's tile divides, and with dropout where the reference has it. */
const CONFIG = {
  model_type: 'bert',
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 120,
  vocab_size: 97,
  max_position_embeddings: 24,
  type_vocab_size: 2,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0.1,
};

/** Adapters of the model and their methods. */
const ADAPTERS = {
  a: 'seq_bn[reduction_factor=4]',
  b: 'seq_bn[reduction_factor=6,non_linearity=gelu]',
  c: 'seq_bn[reduction_factor=16,non_linearity=tanh]',
  d: 'double_seq_bn[reduction_factor=8]',
  e: 'double_seq_bn[reduction_factor=16]',
  f: 'par_bn[reduction_factor=4]',
  g: 'scaled_par_bn[reduction_factor=8]',
} as const;

type Fuse = Extract<Composition, { type: 'fuse' }>;
const fuse = (...children: string[]): Fuse => ({
  type: 'fuse',
  fusion: children.join('+'),
  lead: children.at(-1)!,
  inputs: 'own',
  children,
});

const FUSIONS: readonly (readonly [node: Fuse, method: string])[] = [
  [fuse('a', 'b', 'c'), 'attention'],
  [fuse('a', 'b'), 'static'],
  [fuse('d', 'e'), 'attention[query_before_ln=true]'],
  [fuse('f', 'g'), 'attention'],
  [fuse('b', 'd', 'f'), 'attention'],
];

/** The set-ups whose outputs are compared. */
export const PROOF_CASES: Readonly<Record<string, Composition | undefined>> = {
  base: undefined,
  seq_bn: 'a',
  double_seq_bn: 'd',
  par_bn: 'f',
  scaled_par_bn: 'g',
  stack: { type: 'stack', children: ['a', 'b'] },
  'fuse of 3': fuse('a', 'b', 'c'),
  'fuse, static': fuse('a', 'b'),
  'fuse of double_seq_bn': fuse('d', 'e'),
  'fuse of par_bn': fuse('f', 'g'),
  'fuse of three methods': fuse('b', 'd', 'f'),
  'stack on a fuse': { type: 'stack', children: ['c', fuse('a', 'b')] },
  average: { type: 'average', weights: [3, 1], children: ['a', 'b'] },
  split: { type: 'split', splits: [5, 6], children: ['a', 'b'] },
  'batch-split': { type: 'batch-split', sizes: [1, 2], children: ['a', 'd'] },
  parallel: { type: 'parallel', children: ['a', 'f'] },
};

/** What is trained in stage 2. */
export const PROOF_FUSION = FUSIONS[0]![0];
/** What is trained in stage 1. */
export const PROOF_ADAPTER = 'a';
export const PROOF_HEAD = 'task';
/** What stage 2 learns with reads all tokens: of one alone some gradients are so small that AdamW makes steps of their rounding. */
export const PROOF_LEARNER = 'mean';
export const PROOF_LABELS = ['no', 'yes', 'maybe'];
/** What the loss on {@link proofBatch} reads. */
export const PROOF_TARGETS: HostTargets = { labels: { data: Int32Array.of(0, 2, 1), shape: [3] } };

/** A seeded model with every adapter, fusion and head of the cases: the same numbers everywhere. The caller disposes of it. */
export async function proofModel(registry: Registry): Promise<Model> {
  const backbone = configure(registry.get('backbone', 'bert')).create({ config: CONFIG });
  const params: Record<string, Params[string]> = {};
  for (const { path, shape } of backbone.parameters) {
    const random = parameterRandom(SEED, path);
    const norm = /LayerNorm\.weight$/.test(path);
    params[path] = norm ? random.constant(shape, 1) : random.normal(shape, /weight$/.test(path) ? 0.2 : 0.05);
  }
  const model = new Model(backbone, params);
  for (const [name, method] of Object.entries(ADAPTERS))
    model.addAdapter(name, registry.configure('adapter', method), { seed: SEED });
  for (const [node, method] of FUSIONS) model.addFusion(registry.configure('fusion', method), node, { seed: SEED });
  model.addHead(PROOF_HEAD, registry.configure('head', 'classification'), PROOF_LABELS, { seed: SEED });
  const mean = registry.configure('head', 'classification', { pooling: 'mean' });
  model.addHead(PROOF_LEARNER, mean, PROOF_LABELS, { seed: SEED });
  await strengthen(model);
  return model;
}

/** Standard deviations that parts get instead of their initial ones: what is new acts close to nothing. */
const STRENGTHS: readonly (readonly [path: RegExp, std: number])[] = [
  [/^adapters\/[fg]\/.*(down|up)\.weight$/, 0.06],
  [/^adapters\/.*(down|up)\.weight$/, 0.12],
  [/^fusions\/.*(query|key)\.weight$/, 0.06],
  [/^heads\/.*weight$/, 0.15],
  [/^(adapters|fusions|heads)\/.*(down|up|query|key|dense|out)\.bias$/, 0.05],
];

/** Makes everything act as if it had been trained. */
async function strengthen({ parameters }: Model): Promise<void> {
  for (const path of parameters.paths()) {
    const std = STRENGTHS.find(([pattern]) => pattern.test(path))?.[1];
    if (std === undefined) continue;
    const { shape } = parameters.get(path);
    const made = parameterRandom(SEED, `strong/${path}`).normal(shape, std);
    parameters.set(path, { shape: [...shape], data: await read(made) });
    made.dispose();
  }
}

const LENGTHS = [11, 7, 10];

/** Three rows of different lengths, padded to eleven tokens. */
export function proofBatch(): HostBatch {
  const time = Math.max(...LENGTHS);
  const size = LENGTHS.length * time;
  const draws = randomWords([SEED, 1], size);
  const kept = Array.from({ length: size }, (_, at) => at % time < LENGTHS[Math.floor(at / time)]!);
  return {
    ids: Int32Array.from(kept, (token, at) => (token ? 1 + ((draws[at]! >>> 0) % (CONFIG.vocab_size - 1)) : 0)),
    types: Int32Array.from(kept, (token, at) => (token && at % time > 4 ? 1 : 0)),
    mask: Float32Array.from(kept, Number),
    shape: [LENGTHS.length, time],
  };
}

/** Twenty rows to train on: five steps of four. */
export function proofRows(): TrainingRow[] {
  return Array.from({ length: 20 }, (_, row) => {
    const length = 5 + ((row * 7) % 9);
    const draws = randomWords([SEED, 100 + row], length + 1);
    const word = (at: number): number => 1 + ((draws[at]! >>> 0) % (CONFIG.vocab_size - 1));
    const ids = Array.from({ length }, (_, at) => word(at));
    return {
      group: [{ ids, types: ids.map((_, at) => (at * 2 < length ? 0 : 1)) }],
      target: (draws[length]! >>> 0) % PROOF_LABELS.length,
    };
  });
}

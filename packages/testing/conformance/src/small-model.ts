import type { AnyConfigured, HostBatch, Tensor, TrainMode } from '@adapterfusion/contracts';
import { bertNames, createEncoder, parseBertConfig } from '@adapterfusion/encoder';
import { Model, type Composition, type ForwardOptions } from '@adapterfusion/model';
import { dispose, gradients, mul, parameterRandom, read, scope, sum, tensor } from '@adapterfusion/tensor';

const width = 8;
const sizes = {
  hidden_size: width,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  vocab_size: 16,
  max_position_embeddings: 16,
  attention_probs_dropout_prob: 0.2,
  hidden_dropout_prob: 0.1,
};

/** What every suite runs on: an encoder of two layers and width 8. */
export const encoder = createEncoder(parseBertConfig(sizes, 'small', ['bert']), bertNames('bert'), { types: 'given' });

/** A model of that encoder, always with the same weights. The caller disposes of it. */
export function smallModel(): Model {
  const random = parameterRandom(7, 'encoder');
  const params: [string, Tensor][] = encoder.parameters.map(({ path, shape }) => [
    path,
    path.endsWith('LayerNorm.weight') ? random.constant(shape, 1) : random.normal(shape, 0.4),
  ]);
  return new Model(encoder, Object.fromEntries<Tensor>(params));
}

/** Rows of token ids, filled up with 0. @param time how long rows are made; the longest by default */
export function batchOf(
  rows: readonly (readonly number[])[],
  time = Math.max(...rows.map(({ length }) => length)),
): HostBatch {
  const size = rows.length * time;
  const [ids, mask] = [new Int32Array(size), new Float32Array(size)];
  for (const [row, tokens] of rows.entries()) {
    ids.set(tokens, row * time);
    mask.fill(1, row * time, row * time + tokens.length);
  }
  return { ids, types: new Int32Array(size), mask, shape: [rows.length, time] };
}

export const ROWS = [
  [1, 5, 9, 2, 14],
  [3, 7, 11],
  [4, 8, 15, 6],
] as const;
export const BATCH = batchOf(ROWS);
export const TRAIN: TrainMode = { key: { seed: 3, step: 5, microBatch: 1 } };

/** Numbers without a pattern, the same everywhere. */
export const noise = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => Math.sin(1.3 * index + 0.37 * index * seed + 2.9 * seed));

/** Gives every parameter under a prefix values that hide nothing. */
export function stir(model: Model, prefix: string): void {
  for (const [index, path] of model.parameters
    .paths()
    .filter((each) => each.startsWith(prefix))
    .entries()) {
    const { shape, size } = model.parameters.get(path);
    model.parameters.set(path, { shape: [...shape], data: noise(size, index + 1).map((value) => 0.5 * value + 0.1) });
  }
}

/** Adds an adapter with stirred parameters. */
export function addStirred(model: Model, name: string, configured: AnyConfigured<'adapter'>): void {
  model.addAdapter(name, configured, { seed: 1 });
  stir(model, `adapters/${name}/`);
}

/** The hidden states of a pass, `[rows · time · width]`, everything else freed. */
export async function hiddenOf(
  model: Model,
  composition: Composition | undefined,
  batch: HostBatch = BATCH,
  options: ForwardOptions = {},
): Promise<Float32Array> {
  model.compose(composition);
  const { hidden, mask, attention, hiddenStates } = model.forward(batch, options);
  try {
    return Float32Array.from(await read(hidden));
  } finally {
    dispose([hidden, mask, ...hiddenStates, ...attention.map(({ weights }) => weights)]);
  }
}

/** The hidden states of the tokens of a row, without padding. */
export function tokensOf(states: Float32Array, batch: HostBatch, row: number): Float32Array {
  const time = batch.shape[1];
  const count = batch.mask.subarray(row * time, (row + 1) * time).reduce((total, each) => total + each, 0);
  return states.slice(row * time * width, (row * time + count) * width);
}

const lossWeights = (): Tensor => tensor(noise(BATCH.ids.length * width, 50), [...BATCH.shape, width]);

/** A number made of all hidden states in training. */
export async function lossAlone(model: Model): Promise<number> {
  const loss = scope(() => sum(mul(model.forward(BATCH, { train: TRAIN }).hidden, lossWeights())));
  const value = (await read(loss))[0]!;
  loss.dispose();
  return value;
}

/** The same with the gradients of what trains. */
export async function lossOf(model: Model): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const weights = lossWeights();
  const found = gradients(
    () => sum(mul(model.forward(BATCH, { train: TRAIN }).hidden, weights)),
    model.parameters.trainable(),
  );
  const loss = (await read(found.value))[0]!;
  const values = new Map<string, Float32Array>();
  for (const [path, each] of found.gradients) values.set(path, Float32Array.from(await read(each)));
  dispose([weights, found.value, ...found.gradients.values()]);
  return { loss, gradients: values };
}

import { parseSafetensors, toFloat32 } from '@adapterfusion/checkpoint';
import type { Files, Params, TrainMode } from '@adapterfusion/contracts';
import type { HostBatch, Model } from '@adapterfusion/model';
import { adamStep, dispose, parameter, read, tensorCount } from '@adapterfusion/tensor';
import { farthest, flat } from './numbers.js';
import { pathOf } from './stored-names.js';
import { batchOf, CASES, tinyModelOf } from './tiny-model.js';

/** The largest differences of the open backend to what the Python reference computed. */
export interface GoldenMeasure {
  /** Hidden states and logits of every set-up: absolute. */
  readonly outputs: number;
  /** Gradients of fusion, adapter and full training: over the largest entry of their tensor. */
  readonly gradients: number;
  /** Weights after five AdamW steps of fusion training: over the largest entry of their tensor. */
  readonly weights: number;
  readonly leaked: number;
}

type Batch = Parameters<typeof batchOf>[0] & { labels: number[] };
type Expected = Batch & { cases: Record<string, { last_hidden_state: number[][][]; logits_clf: number[][] }> };

const TRAIN: TrainMode = { key: { seed: 0, step: 0, microBatch: 0 } };
const LEARNING_RATE = 1e-3;
const STEPS = 5;
/** What the reference let train in each of its runs, and on which set-up. */
const RUNS = {
  fusion: ['fuse3_dynamic', /^(fusions\/mnli\+qqp\+sst|heads)\//],
  adapter: ['single_mnli', /^(adapters\/mnli|heads)\//],
  full: ['base', /^(embeddings|encoder)\.|^heads\//],
} as const;

/**
 * Measures against the reference's tiny model, on the open backend.
 * @param root the folder `adapterhub-tiny`
 */
export async function measureGolden(files: Files, root: string): Promise<GoldenMeasure> {
  const before = tensorCount();
  const json = async <T>(path: string): Promise<T> =>
    JSON.parse(new TextDecoder().decode(await files.read(files.join(root, path)))) as T;
  const stored = async (path: string): Promise<Map<string, Float32Array>> => {
    const { tensors } = parseSafetensors(await files.read(files.join(root, path)), path);
    return new Map([...tensors.values()].map((each) => [pathOf(each.name), toFloat32(each)]));
  };
  const expected = await json<Expected>('expected.json');
  const { batches } = await json<{ batches: Batch[] }>('training/training.json');

  let outputs = 0;
  for (const [name, { composition, skip }] of Object.entries(CASES)) {
    const model = await tinyModelOf(files, root, composition);
    const wanted = expected.cases[name]!;
    const options = skip ? { skip } : {};
    const { hidden, mask } = model.forward(batchOf(expected), options);
    const logits = model.logits(batchOf(expected), { head: 'clf', ...options });
    outputs = Math.max(
      outputs,
      farthest(await read(hidden), flat(wanted.last_hidden_state)),
      farthest(await read(logits), flat(wanted.logits_clf)),
    );
    dispose([hidden, mask, logits]);
    model.dispose();
  }

  let gradients = 0;
  let weights = 0;
  for (const [run, [name, trains]] of Object.entries(RUNS)) {
    const model = await tinyModelOf(files, root, CASES[name]!.composition);
    model.parameters.setTrainable((path) => trains.test(path));
    const found = await valuesOf(differentiate(model, batchOf(expected), expected.labels));
    gradients = Math.max(gradients, apart(found, await stored(`training/${run}.gradients.safetensors`)));
    if (run === 'fusion') {
      await learn(model, batches.slice(0, STEPS));
      const after = new Map<string, Float32Array>();
      for (const [path, each] of model.parameters.trainable()) after.set(path, await read(each));
      weights = apart(after, await stored('training/fusion.after5.safetensors'));
    }
    model.dispose();
  }
  return { outputs, gradients, weights, leaked: tensorCount() - before };
}

/** Gradients of loss and penalty on one batch, the caller's. */
function differentiate(model: Model, batch: HostBatch, labels: number[]): Params[] {
  const { loss, gradients } = model.lossAndGradients(batch, labels, { head: 'clf', train: TRAIN });
  const extra = model.penaltyGradients();
  dispose(extra ? [loss, extra.penalty] : [loss]);
  return [Object.fromEntries(gradients), Object.fromEntries(extra?.gradients ?? [])];
}

async function valuesOf(parts: readonly Params[]): Promise<Map<string, Float32Array>> {
  const sums = new Map<string, Float32Array>();
  for (const part of parts)
    for (const [path, each] of Object.entries(part)) {
      const values = await read(each);
      sums.set(path, sums.get(path)?.map((value, index) => value + values[index]!) ?? values.slice());
      dispose(each);
    }
  return sums;
}

/** AdamW as the reference's runs, a step a batch. */
async function learn(model: Model, batches: readonly Batch[]): Promise<void> {
  const trained = model.parameters.trainable();
  const moments = new Map(
    [...trained].map(([path, { shape, size }]) => [path, [0, 1].map(() => parameter(new Float32Array(size), shape))]),
  );
  for (const [step, batch] of batches.entries()) {
    const sums = await valuesOf(differentiate(model, batchOf(batch), batch.labels));
    for (const [path, values] of sums) {
      const gradient = parameter(values, trained.get(path)!.shape);
      const [m, v] = moments.get(path)!;
      const settings = { learningRate: LEARNING_RATE, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };
      adamStep(trained.get(path)!, gradient, m!, v!, { ...settings, count: step + 1 });
      gradient.dispose();
    }
  }
  for (const pair of moments.values()) dispose(pair);
}

/**
 * A key bias moves all logits of a token alike: its gradient is what is left of a sum that cancels, and Adam takes a
 * whole step along its sign. It is no measure of anything.
 */
const isNoise = (path: string): boolean => path.endsWith('key.bias');

function apart(found: ReadonlyMap<string, Float32Array>, wanted: ReadonlyMap<string, Float32Array>): number {
  let most = 0;
  for (const [path, want] of wanted)
    if (found.has(path) && !isNoise(path)) {
      const scale = want.reduce((largest, value) => Math.max(largest, Math.abs(value)), Number.MIN_VALUE);
      most = Math.max(most, farthest(found.get(path)!, want) / scale);
    }
  return most;
}

import { parseSafetensors, toFloat32 } from '@adapterfusion/checkpoint';
import type { Files, Tensor } from '@adapterfusion/contracts';
import { dispose, read, tensorCount } from '@adapterfusion/tensor';
import { adamRun, differentiate, type Batch } from './adam-run.js';
import { KINDS, letTrain, type Kind } from './kinds.js';
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

type Expected = Batch & { cases: Record<string, { last_hidden_state: number[][][]; logits_clf: number[][] }> };

const STEPS = 5;

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
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const model = await tinyModelOf(files, root, CASES[KINDS[kind].case]!.composition);
    await letTrain(model, kind);
    const found = await differentiate(model, expected);
    gradients = Math.max(
      gradients,
      apart(await valuesOf(found.gradients), await stored(`training/${kind}.gradients.safetensors`)),
    );
    dispose([...found.gradients.values()]);
    if (kind === 'fusion') {
      for await (const step of adamRun(model, batches.slice(0, STEPS))) void step;
      weights = apart(await valuesOf(model.parameters.trainable()), await stored('training/fusion.after5.safetensors'));
    }
    model.dispose();
  }
  return { outputs, gradients, weights, leaked: tensorCount() - before };
}

async function valuesOf(tensors: ReadonlyMap<string, Tensor>): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const [path, each] of tensors) values.set(path, await read(each));
  return values;
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

import { sha256 } from '@adapterfusion/checkpoint';
import type { TrainMode } from '@adapterfusion/contracts';
import type { Model } from '@adapterfusion/model';
import {
  currentBackend,
  dispose,
  dropoutMask,
  linear,
  read,
  scope,
  tensor,
  tensorCount,
  type BackendInfo,
} from '@adapterfusion/tensor';
import { resolveSettings, trainLoop } from '@adapterfusion/training';
import { textClassification } from '@adapterfusion/task-text-classification';
import { createRegistry } from './builtin-plugins.js';
import {
  PROOF_ADAPTER,
  PROOF_CASES,
  PROOF_FUSION,
  PROOF_HEAD,
  PROOF_LEARNER,
  PROOF_LABELS,
  PROOF_TARGETS,
  proofBatch,
  proofModel,
  proofRows,
} from './proof-model.js';

/** Grows when what is computed changes: proofs of different versions are not compared. */
const VERSION = 2;

/** Numbers by name. */
export type Numbers = Readonly<Record<string, readonly number[]>>;

/** What a backend computed for a seeded set-up that needs no files: plain data, to be compared across machines. */
export interface Proof {
  readonly version: number;
  readonly backend: BackendInfo;
  /** Hidden states and logits of every set-up, and attention of the fusions. */
  readonly outputs: Numbers;
  /** Gradients of both stages with dropout on, by parameter. */
  readonly gradients: Numbers;
  /** SHA-256 of dropout masks of many shapes: equal to the bit or wrong. */
  readonly masks: string;
  /** Losses of five steps of stage 2. */
  readonly losses: readonly number[];
  /** All that these steps trained, by parameter. */
  readonly weights: Numbers;
  /** Tensors that were left behind. */
  readonly leaked: number;
  readonly seconds: number;
}

const TRAIN: TrainMode = { key: { seed: 11, step: 3, microBatch: 1 } };
const STEPS = 5;

/**
 * Computes, on the open backend, forward passes of every kind of set-up, gradients of both stages, dropout masks, and
 * five training steps of stage 2 with dropout, through the same code as real work. Compare two with {@link compareProofs}.
 * @param onProgress told of what begins, by name
 * @throws BACKEND_UNAVAILABLE when none is open; BACKEND_FAILED, BACKEND_LOST, BACKEND_LIMIT, LOSS_NOT_FINITE
 */
export async function prove(onProgress?: (what: string) => void): Promise<Proof> {
  const begun = performance.now();
  const backend = currentBackend();
  const before = tensorCount();
  const model = await proofModel(createRegistry());
  try {
    onProgress?.('outputs');
    const outputs = { ...(await products()), ...(await outputsOf(model)) };
    onProgress?.('gradients');
    const gradients = { ...(await stageOne(model)), ...(await stageTwo(model)) };
    onProgress?.('masks');
    const masks = await hashOfMasks();
    onProgress?.('training');
    const losses: number[] = [];
    for await (const loss of fuseSteps(model)) losses.push(loss);
    const weights = await valuesOf(model.parameters.trainable());
    model.dispose();
    const seconds = (performance.now() - begun) / 1000;
    const leaked = tensorCount() - before;
    return { version: VERSION, backend, outputs, gradients, masks, losses, weights, leaked, seconds };
  } finally {
    model.dispose();
  }
}

/** Losses of stage 2 on the seeded model, dropout on, a step each. */
export async function* fuseSteps(model: Model, steps = STEPS): AsyncGenerator<number, void, void> {
  model.compose(PROOF_FUSION);
  const rows = proofRows().slice(0, 4 * steps);
  const trainer = createRegistry().configure('trainer', 'fusion').create({});
  const run = trainer.run({
    settings: resolveSettings({ epochs: 1, batchSize: 4, learningRate: 1e-3, seed: 3 }, trainer.defaults),
    adapters: [...model.adapters.keys()],
    fusions: [PROOF_FUSION.fusion],
    tasks: [{ name: PROOF_LEARNER, rows: rows.length, stratum: () => undefined }],
    head: PROOF_LEARNER,
    encoder: [],
    layers: model.backbone.layers,
    loop: (phase) =>
      trainLoop({
        model,
        tasks: [
          {
            head: PROOF_LEARNER,
            rows,
            metrics: ['accuracy'],
            kind: textClassification().create({ labels: PROOF_LABELS }),
          },
        ],
        phase,
        backend: currentBackend(),
      }),
    evaluate: () => Promise.resolve({}),
    outputs: () => Promise.resolve([]),
    snapshot: () => Promise.resolve(() => undefined),
  });
  for await (const event of run) if (event.type === 'step') yield event.loss;
}

async function outputsOf(model: Model): Promise<Numbers> {
  const found: Record<string, readonly number[]> = {};
  const take = async (name: string, values: Parameters<typeof read>[0]): Promise<void> => {
    found[name] = [...(await read(values))];
    dispose(values);
  };
  const batch = proofBatch();
  for (const [name, composition] of Object.entries(PROOF_CASES)) {
    model.compose(composition);
    const { hidden, mask, attention } = model.forward(batch, { attention: true });
    dispose(mask);
    await take(`${name}: hidden`, hidden);
    for (const { site, weights } of attention) await take(`${name}: attention ${site.name}`, weights);
    await take(`${name}: logits`, model.logits(batch, { head: PROOF_HEAD }));
  }
  model.compose(PROOF_FUSION);
  await take('skipped layer: logits', model.logits(batch, { head: PROOF_HEAD, skip: [0] }));
  await take('masked child: logits', model.logits(batch, { head: PROOF_HEAD, mask: ['b'] }));
  await take('adapter by row: logits', model.logits(batch, { head: PROOF_HEAD, adapters: ['a', null, 'd'] }));
  return found;
}

/** Products large enough for every tile of a kernel, in both layouts of the weight. */
async function products(): Promise<Numbers> {
  const found: Record<string, readonly number[]> = {};
  const wave = (count: number, pace: number): Float32Array =>
    Float32Array.from({ length: count }, (_, at) => Math.sin(at * pace) / 8);
  for (const [rows, inner, width] of [
    [33, 130, 66],
    [1, 64, 257],
  ] as const)
    for (const transposed of [false, true]) {
      const made = scope(() =>
        linear(
          tensor(wave(rows * inner, 0.7), [rows, inner]),
          tensor(wave(inner * width, 0.3), transposed ? [inner, width] : [width, inner]),
          tensor(wave(width, 0.1), [width]),
          { transposed },
        ),
      );
      found[`product ${rows}×${inner}×${width}${transposed ? ', transposed' : ''}`] = [...(await read(made))];
      dispose(made);
    }
  return found;
}

const stageOne = (model: Model): Promise<Numbers> =>
  gradientsOf(model, PROOF_ADAPTER, (path) => path.startsWith(`adapters/${PROOF_ADAPTER}/`), 'stage 1');

const stageTwo = (model: Model): Promise<Numbers> =>
  gradientsOf(model, PROOF_FUSION, (path) => path.startsWith(`fusions/${PROOF_FUSION.fusion}/`), 'stage 2');

async function gradientsOf(
  model: Model,
  composition: unknown,
  trains: (path: string) => boolean,
  stage: string,
): Promise<Numbers> {
  model.compose(composition);
  model.parameters.setTrainable((path) => trains(path) || path.startsWith('heads/'));
  const { loss, gradients } = model.lossAndGradients(proofBatch(), PROOF_TARGETS, { head: PROOF_HEAD, train: TRAIN });
  const penalty = model.penaltyGradients();
  const found: Record<string, readonly number[]> = {};
  const all = [
    ...gradients,
    ...[...(penalty?.gradients ?? [])].map(([path, each]) => [`${path}, penalty`, each] as const),
  ];
  for (const [path, gradient] of all) found[`${stage}: ${path}`] = [...(await read(gradient))];
  found[`${stage}: loss`] = [...(await read(loss))];
  dispose([loss, ...all.map(([, gradient]) => gradient), ...(penalty ? [penalty.penalty] : [])]);
  return found;
}

async function hashOfMasks(): Promise<string> {
  const parts: Float32Array[] = [];
  for (const [shape, probability] of [
    [[3], 0.5],
    [[4, 11, 64], 0.1],
    [[2, 4, 11, 11], 0.1],
    [[1, 7, 1031], 0.3],
  ] as const)
    for (const microBatch of [0, 3]) {
      const mask = dropoutMask(shape, probability, { key: { seed: -7, step: 12, microBatch } }, 'proof');
      // Kept or not: the scale of what is kept is a division, which may differ in the last bit.
      parts.push((await read(mask)).map((value) => (value === 0 ? 0 : 1)));
      dispose(mask);
    }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return sha256(bytes);
}

async function valuesOf(tensors: ReadonlyMap<string, Parameters<typeof read>[0]>): Promise<Numbers> {
  const found: Record<string, readonly number[]> = {};
  for (const [path, each] of tensors) found[path] = [...(await read(each))];
  return found;
}

import type { Tensor, TrainMode } from '@adapterfusion/contracts';
import type { Model } from '@adapterfusion/model';
import { adamStep, add, dispose, parameter, read, scope } from '@adapterfusion/tensor';
import { batchOf, labelTargets } from './tiny-model.js';

/** A batch of the reference's JSON, with its labels. */
export type Batch = Parameters<typeof batchOf>[0] & { readonly labels: number[] };

/** The learning rate of the reference's runs. */
export const LEARNING_RATE = 1e-3;

const TRAIN: TrainMode = { key: { seed: 0, step: 0, microBatch: 0 } };

/** Loss, penalty and the gradients of their sum on one batch. The gradients are the caller's. */
export async function differentiate(
  model: Model,
  batch: Batch,
): Promise<{ loss: number; penalty: number | undefined; gradients: Map<string, Tensor> }> {
  const { loss, gradients } = model.lossAndGradients(batchOf(batch), labelTargets(batch.labels), {
    head: 'clf',
    train: TRAIN,
  });
  const extra = model.penaltyGradients();
  for (const [path, gradient] of extra?.gradients ?? []) {
    const both = scope(() => add(gradients.get(path)!, gradient));
    dispose([gradients.get(path)!, gradient]);
    gradients.set(path, both);
  }
  const values = { loss: (await read(loss))[0]!, penalty: extra ? (await read(extra.penalty))[0]! : undefined };
  dispose(extra ? [loss, extra.penalty] : [loss]);
  return { ...values, gradients };
}

/** AdamW over batches as in the reference's runs. Yields after each step what the loss and the penalty were before it. */
export async function* adamRun(
  model: Model,
  batches: readonly Batch[],
): AsyncGenerator<{ loss: number; penalty: number | undefined }, void, void> {
  const trained = model.parameters.trainable();
  const moments = new Map(
    [...trained].map(([path, { shape, size }]) => [path, [0, 1].map(() => parameter(new Float32Array(size), shape))]),
  );
  const settings = { learningRate: LEARNING_RATE, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };
  for (const [step, batch] of batches.entries()) {
    const { gradients, ...values } = await differentiate(model, batch);
    for (const [path, gradient] of gradients) {
      const [m, v] = moments.get(path)!;
      adamStep(trained.get(path)!, gradient, m!, v!, { ...settings, count: step + 1 });
    }
    dispose([...gradients.values()]);
    yield values;
  }
  for (const pair of moments.values()) dispose(pair);
}

import type { HostBatch, Tensor } from '@adapterfusion/contracts';
import type { Model } from '@adapterfusion/model';
import { read, scope, slice } from '@adapterfusion/tensor';

/**
 * What every head of a model answers on the same rows, each with the adapter of its place, in one pass: the adapters stand
 * in a parallel block.
 * @returns a list of logits a head
 */
export async function inOnePass(model: Model, batch: HostBatch): Promise<Float32Array[]> {
  const [rows] = batch.shape;
  const logits = scope(() => {
    const { hidden, mask } = model.forward(batch, { tokensUsed: 'first' });
    return [...model.heads.values()].map(({ instance, params }, index): Tensor => {
      const own = { hidden: slice(hidden, 0, index * rows, rows), mask: slice(mask, 0, index * rows, rows) };
      return instance.forward(params, model.features(instance, own));
    });
  });
  return values(logits);
}

/** As {@link inOnePass}, in a pass for each of them. */
export async function inPasses(model: Model, batch: HostBatch): Promise<Float32Array[]> {
  const adapters = [...model.adapters.keys()];
  const answers: Float32Array[] = [];
  for (const [index, head] of [...model.heads.keys()].entries()) {
    model.compose(adapters[index]);
    answers.push(...(await values([model.logits(batch, { head })])));
  }
  return answers;
}

async function values(tensors: readonly Tensor[]): Promise<Float32Array[]> {
  const found: Float32Array[] = [];
  for (const tensor of tensors) {
    found.push(await read(tensor));
    tensor.dispose();
  }
  return found;
}

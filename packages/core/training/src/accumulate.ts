import type { HostBatch, LossBatch, StepExclusions, RandomKey, Tensor } from '@adapterfusion/contracts';
import { add, concat, dispose, fill, mul, read, reshape, scope } from '@adapterfusion/tensor';
import { pad } from '@adapterfusion/text';
import { globalNorm } from './clip.js';
import type { HeadPass, TrainableModel, TrainingKind, TrainingRow } from './trainable-model.js';

/** Gradients of one optimiser step, not yet clipped. The tensors are the caller's. */
export interface StepGradients {
  /** Mean over all rows of the step; a row weighs as its classes do. */
  readonly loss: number;
  readonly penalty: number;
  /** Global norm of the gradients. */
  readonly norm: number;
  readonly gradients: ReadonlyMap<string, Tensor>;
  readonly tokens: number;
  readonly paddedTokens: number;
}

/** What {@link stepGradients} reads beside the rows. */
export interface StepInput {
  readonly head: string;
  readonly kind: Pick<TrainingKind, 'collate' | 'classes'>;
  readonly composition?: unknown;
  readonly padId: number;
  readonly classWeights?: readonly number[];
  readonly key: Omit<RandomKey, 'microBatch'>;
  readonly leftOut?: StepExclusions;
  /** Places of each micro-batch's rows among the task's. */
  readonly places?: readonly (readonly number[])[];
  /** The loss in place of the head's; needs `places`. */
  readonly loss?: (batch: LossBatch) => Tensor;
  /** What the frozen layers make of a micro-batch, the caller's; absent: it is run as everything else. */
  readonly activations?: (microBatch: number, batch: HostBatch) => Promise<Tensor>;
}

/**
 * Loss and gradients of one optimiser step: micro-batches one after another, then the penalty once. The loss is that of
 * one batch of all rows: micro-batches count by the sum of the class weights of their rows' classes (by classes, without
 * class weights; by rows, for a kind without classes).
 * Reads from the device once.
 * @param microBatches rows of each micro-batch
 */
export async function stepGradients(
  model: TrainableModel,
  microBatches: readonly (readonly TrainingRow[])[],
  { head, kind, composition, padId, classWeights, key, leftOut, places, loss: own, activations: below }: StepInput,
): Promise<StepGradients> {
  const weigh = (rows: readonly TrainingRow[]): number =>
    kind.classes
      ? rows
          .flatMap(({ target }) => kind.classes!(target))
          .reduce((total, label) => total + (classWeights?.[label] ?? 1), 0)
      : rows.length;
  const whole = microBatches.reduce((total, rows) => total + weigh(rows), 0) || 1;
  const sums = new Map<string, Tensor>([[LOSS, fill([], 0)]]);
  let penalty = fill([], 0);
  let [tokens, paddedTokens] = [0, 0];
  const collect = (path: string, value: Tensor, share: number) =>
    sums.set(path, addShare(sums.get(path), value, share));
  try {
    for (const [microBatch, rows] of microBatches.entries()) {
      const batch = pad(rows, { padId });
      tokens += rows.flatMap(({ group }) => group).reduce((total, { ids }) => total + ids.length, 0);
      paddedTokens += batch.shape[0] * batch.shape[1];
      const shape = { groups: rows.map(({ group }) => group.length), time: batch.shape[1] };
      const targets = kind.collate(
        rows.map(({ target }) => target),
        shape,
      );
      const train = { key: { ...key, microBatch } };
      const activations = await below?.(microBatch, batch);
      const weights = classWeights ? { weights: { class: classWeights } } : {};
      const rest = { ...weights, targets, rows: places?.[microBatch] ?? [], task: head, step: key.step };
      const options = {
        ...leftOut,
        head,
        ...(places ? { rows: places[microBatch]! } : {}),
        ...(composition === undefined ? {} : { composition }),
        train,
        ...weights,
        ...(own ? { loss: (pass: HeadPass) => own({ ...pass, ...rest }) } : {}),
        ...(activations ? { activations } : {}),
      };
      const result = model.lossAndGradients(batch, targets, options);
      activations?.dispose();
      const share = weigh(rows) / whole;
      collect(LOSS, result.loss, share);
      for (const [path, gradient] of result.gradients) collect(path, gradient, share);
    }
    const extra = model.penaltyGradients();
    if (extra) {
      penalty = addShare(penalty, extra.penalty, 1);
      for (const [path, gradient] of extra.gradients) collect(path, gradient, 1);
    }
    const loss = sums.get(LOSS)!;
    sums.delete(LOSS);
    const numbers = scope(() =>
      concat(
        [loss, penalty, globalNorm(sums.values())].map((value) => reshape(value, [1])),
        0,
      ),
    );
    dispose(loss);
    const [lossValue, penaltyValue, norm] = (await read(numbers)) as unknown as [number, number, number];
    dispose(numbers);
    return { loss: lossValue, penalty: penaltyValue, norm, gradients: sums, tokens, paddedTokens };
  } catch (error) {
    dispose(sums.values());
    throw error;
  } finally {
    dispose(penalty);
  }
}

/** Where the loss stands among the sums; no parameter has an empty path. */
const LOSS = '';

/** `sum + share · value` as a new tensor; frees both. */
function addShare(sum: Tensor | undefined, value: Tensor, share: number): Tensor {
  if (!sum && share === 1) return value;
  const total = scope(() => {
    const part = share === 1 ? value : mul(value, share);
    return sum ? add(sum, part) : part;
  });
  dispose(sum ? [sum, value] : value);
  return total;
}

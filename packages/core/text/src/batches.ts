import { seededOrder } from './order.js';

/** How {@link planBatches} orders rows. */
export interface BatchPlan {
  /** Rows in a batch; the last one may have fewer. */
  readonly batchSize: number;
  readonly seed: number;
  /** Counted from 0. */
  readonly epoch: number;
  /**
   * `shuffle`: rows as they are drawn. `length`: rows of similar length together, so that little is padded: the drawn
   * order is cut into chunks of 32 batches, every chunk is sorted by length, and the batches are shuffled.
   */
  readonly batching: 'length' | 'shuffle';
}

const CHUNK = 32;

/**
 * The batches of an epoch: a pure function of its arguments, every row exactly once.
 * @param lengths tokens of each row
 * @returns row indices, batch by batch
 */
export function planBatches(lengths: ArrayLike<number>, plan: BatchPlan): number[][] {
  checkBatchSize(plan.batchSize);
  const order = seededOrder(lengths.length, plan.seed, plan.epoch, 0);
  if (plan.batching === 'shuffle') return cut(order, plan.batchSize);
  const batches = cut(order, CHUNK * plan.batchSize).flatMap((chunk) =>
    cut(
      chunk.sort((a, b) => lengths[a]! - lengths[b]!),
      plan.batchSize,
    ),
  );
  return seededOrder(batches.length, plan.seed, plan.epoch, 1).map((index) => batches[index]!);
}

/**
 * Batches for evaluation: longest rows first, so that the largest batch comes at once; equal lengths keep their order.
 * @param lengths tokens of each row
 * @param inOrder rows as they are instead
 * @returns row indices, batch by batch
 */
export function evaluationBatches(lengths: readonly number[], batchSize: number, inOrder = false): number[][] {
  checkBatchSize(batchSize);
  const order = lengths.map((_, index) => index);
  if (!inOrder) order.sort((a, b) => lengths[b]! - lengths[a]!);
  return cut(order, batchSize);
}

function cut(order: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(order.length / size) }, (_, index) =>
    order.slice(index * size, (index + 1) * size),
  );
}

function checkBatchSize(size: number): void {
  if (!Number.isInteger(size) || size < 1)
    throw new TypeError(`batchSize must be a positive whole number, not ${size}`);
}

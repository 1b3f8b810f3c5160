import type { HostBatch, TokenBatch } from '@adapterfusion/contracts';
import { intTensor, tensor } from '@adapterfusion/tensor';

/** Uploads a batch. @returns tensors that the caller owns */
export function upload({ ids, types, mask, shape }: HostBatch): TokenBatch {
  return { ids: intTensor(ids, shape), types: intTensor(types, shape), mask: tensor(mask, shape) };
}

/** The rows of a batch in another order. */
export function reorder(batch: HostBatch, order: readonly number[]): HostBatch {
  const [rows, time] = batch.shape;
  const move = <T extends Int32Array | Float32Array>(source: T, target: T): T => {
    order.forEach((from, to) => target.set(source.subarray(from * time, (from + 1) * time), to * time));
    return target;
  };
  return {
    ids: move(batch.ids, new Int32Array(rows * time)),
    types: move(batch.types, new Int32Array(rows * time)),
    mask: move(batch.mask, new Float32Array(rows * time)),
    shape: batch.shape,
  };
}

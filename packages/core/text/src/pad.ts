import type { HostBatch } from '@adapterfusion/contracts';
import type { Encoding } from './tokenizer.js';

/**
 * Pads rows to the longest of the batch.
 * @param options.padId the id that fills up
 * @param options.multipleOf rounds `time` up to a multiple, for backends that compile a program for every shape; default 1
 */
export function pad(
  encodings: readonly Pick<Encoding, 'ids' | 'types'>[],
  options: { readonly padId: number; readonly multipleOf?: number },
): HostBatch {
  const step = options.multipleOf ?? 1;
  const longest = encodings.reduce((most, encoding) => Math.max(most, encoding.ids.length), 0);
  const time = Math.ceil(longest / step) * step;
  const rows = encodings.length;
  const ids = new Int32Array(rows * time).fill(options.padId);
  const types = new Int32Array(rows * time);
  const mask = new Float32Array(rows * time);
  encodings.forEach((encoding, row) => {
    ids.set(encoding.ids, row * time);
    types.set(encoding.types, row * time);
    mask.fill(1, row * time, row * time + encoding.ids.length);
  });
  return { ids, types, mask, shape: [rows, time] };
}

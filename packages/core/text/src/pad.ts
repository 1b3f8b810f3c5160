import type { HostBatch } from '@adapterfusion/contracts';
import type { TokenRow } from './row.js';

/**
 * Pads rows to the longest of the batch. The inputs of a row's group come one after another.
 * @param options.padId the id that fills up
 * @param options.multipleOf rounds `time` up to a multiple, for backends that compile a program for every shape; default 1
 */
export function pad(
  rows: readonly TokenRow[],
  options: { readonly padId: number; readonly multipleOf?: number },
): HostBatch {
  const step = options.multipleOf ?? 1;
  const inputs = rows.flatMap(({ group }) => group);
  const longest = inputs.reduce((most, input) => Math.max(most, input.ids.length), 0);
  const time = Math.ceil(longest / step) * step;
  const count = inputs.length;
  const ids = new Int32Array(count * time).fill(options.padId);
  const types = new Int32Array(count * time);
  const mask = new Float32Array(count * time);
  inputs.forEach((input, at) => {
    ids.set(input.ids, at * time);
    types.set(input.types, at * time);
    mask.fill(1, at * time, at * time + input.ids.length);
  });
  const groups = rows.some(({ group }) => group.length !== 1) ? { groups: rows.map(({ group }) => group.length) } : {};
  return { ids, types, mask, shape: [count, time], ...groups };
}

import type { Head, HeadContext, HostArray, Tensor } from '@adapterfusion/contracts';
import { tokenHead, type TokenHeadOptions } from '@adapterfusion/encoder';
import { add, crossEntropy, mul, reshape, slice } from '@adapterfusion/tensor';

/**
 * Two outputs for every token, the logits of being the first and the last of the answer; the loss is the mean of the two
 * cross-entropies over the tokens of a row, padding included, as the reference computes it. The targets are `starts` and
 * `ends`, the places of the tokens, both `[rows]`; −1 has no loss.
 */
export function createHead(options: TokenHeadOptions, context: HeadContext): Head {
  return {
    ...tokenHead(options, context, 2),
    loss(outputs, { starts, ends }, { row } = {}) {
      const [rows, time] = outputs.shape as [number, number, number];
      const one = (output: 0 | 1, places: HostArray): Tensor =>
        crossEntropy(reshape(slice(outputs, 2, output, 1), [rows, time]), places.data, { row });
      return mul(add(one(0, starts!), one(1, ends!)), 0.5);
    },
  };
}

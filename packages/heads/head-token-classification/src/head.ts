import type { Head, HeadContext } from '@adapterfusion/contracts';
import { tokenHead, type TokenHeadOptions } from '@adapterfusion/encoder';
import { crossEntropy, reshape } from '@adapterfusion/tensor';

/**
 * One output a tag for every token; the loss is the mean cross-entropy over the tokens that have a tag. The targets are
 * `labels` `[rows, time]`, −1 for a token without a tag.
 */
export function createHead(options: TokenHeadOptions, context: HeadContext): Head {
  return {
    ...tokenHead(options, context, context.labels),
    loss(outputs, { labels }, { class: classWeights, row } = {}) {
      const [rows, time] = labels!.shape as [number, number];
      const weights = row && Array.from({ length: rows * time }, (_, at) => row[Math.floor(at / time)]!);
      return crossEntropy(reshape(outputs, [rows * time, context.labels]), labels!.data, {
        class: classWeights,
        row: weights,
      });
    },
  };
}

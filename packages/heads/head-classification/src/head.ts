import type { Head, HeadContext } from '@adapterfusion/contracts';
import { denseHead, type HeadOptions } from '@adapterfusion/encoder';
import { crossEntropy } from '@adapterfusion/tensor';

/** One output a label; cross-entropy. The targets are `labels` `[rows]`. */
export function createHead(options: HeadOptions, shape: HeadContext): Head {
  return {
    ...denseHead('classification', options, shape, shape.labels),
    loss: (outputs, { labels }, weights) => crossEntropy(outputs, labels!.data, weights),
  };
}

import type { Head, HeadContext } from '@adapterfusion/contracts';
import { denseHead, type HeadOptions } from '@adapterfusion/encoder';
import { crossEntropy } from '@adapterfusion/tensor';

/**
 * One output a label; cross-entropy. The targets are `labels` `[rows]`. With one layer and a bias the closed form is logistic
 * regression with a ridge penalty.
 */
export function createHead(options: HeadOptions, shape: HeadContext): Head {
  const dense = denseHead('classification', options, shape, shape.labels);
  return {
    ...dense,
    loss: (outputs, { labels }, weights) => crossEntropy(outputs, labels!.data, weights),
    ...(dense.linear ? { fit: async (...given) => (await import('./fit.js')).fit(...given, shape.labels) } : {}),
  };
}

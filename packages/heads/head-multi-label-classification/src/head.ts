import type { Head, HeadContext } from '@adapterfusion/contracts';
import { denseHead, type HeadOptions } from '@adapterfusion/encoder';
import { concat, crossEntropy, fill, reshape } from '@adapterfusion/tensor';

/**
 * One output a label; the loss is the mean binary cross-entropy over rows and labels, that of `torch.nn.BCEWithLogitsLoss`:
 * `−y log σ(x) − (1 − y) log σ(−x)`. The targets are `labels` `[rows, labels]`, 1 for a label that a row has and 0 otherwise.
 * With one layer and a bias the closed form is a logistic regression for each label.
 */
export function createHead(options: HeadOptions, context: HeadContext): Head {
  const { linear, ...dense } = denseHead('multi-label-classification', options, context, context.labels);
  return {
    ...dense,
    loss(outputs, { labels }, { row } = {}) {
      const count = labels!.data.length;
      // σ(x) is the softmax of [0, x]: the binary cross-entropy is the cross-entropy of two classes.
      const pairs = concat([fill([count, 1], 0), reshape(outputs, [count, 1])], 1);
      const weights = row && Array.from({ length: count }, (_, at) => row[Math.floor(at / context.labels)]!);
      return crossEntropy(pairs, labels!.data, { row: weights });
    },
    ...(linear ? { fit: async (...given) => (await import('./fit.js')).fit(...given, context.labels) } : {}),
  };
}

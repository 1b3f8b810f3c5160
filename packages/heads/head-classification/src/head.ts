import type { Head, HeadContext } from '@adapterfusion/contracts';
import { denseHead, probabilities, type HeadOptions } from '@adapterfusion/encoder';
import { crossEntropy } from '@adapterfusion/tensor';

/** One output a label; cross-entropy. */
export function createHead(options: HeadOptions, shape: HeadContext): Head {
  return { ...denseHead('classification', options, shape, shape.labels), loss: crossEntropy, scores: probabilities };
}

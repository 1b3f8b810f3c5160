import type { Head, HeadContext } from '@adapterfusion/contracts';
import { denseHead, probabilities, type HeadOptions } from '@adapterfusion/encoder';
import { crossEntropy } from '@adapterfusion/tensor';
import { sideBySide } from './side-by-side.js';

/** One output a choice; cross-entropy over the choices of a row. */
export function createHead(options: HeadOptions, shape: HeadContext): Head {
  const { linear: _, ...dense } = denseHead('multiple-choice', options, shape, 1);
  return {
    ...dense,
    loss: (logits, labels, _, groups) =>
      crossEntropy(sideBySide(logits, groups ?? new Array<number>(logits.shape[0]!).fill(1)), labels),
    scores: probabilities,
  };
}

import type { Head, HeadContext } from '@adapterfusion/contracts';
import { denseHead, type HeadOptions } from '@adapterfusion/encoder';
import { crossEntropy } from '@adapterfusion/tensor';
import { sideBySide } from './side-by-side.js';

/** One output a choice; cross-entropy over the choices of a row. The targets are `labels` and `groups`, both `[rows]`. */
export function createHead(options: HeadOptions, shape: HeadContext): Head {
  const { linear: _, ...dense } = denseHead('multiple-choice', options, shape, 1);
  return {
    ...dense,
    loss: (outputs, { labels, groups }, { row } = {}) =>
      crossEntropy(sideBySide(outputs, [...groups!.data]), labels!.data, { row }),
  };
}

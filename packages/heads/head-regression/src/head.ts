import type { Head, HeadShape } from '@adapterfusion/contracts';
import { denseHead, type HeadOptions } from '@adapterfusion/encoder';
import { mean, square, sub, tensor } from '@adapterfusion/tensor';

/** One output; the mean squared error, as `torch.nn.MSELoss`. */
export function createHead(options: HeadOptions, shape: HeadShape): Head {
  return {
    ...denseHead('regression', options, shape, 1),
    loss: (logits, labels) => mean(square(sub(logits, tensor(labels, [labels.length, 1])))),
    scores: (logits) => [...logits],
  };
}

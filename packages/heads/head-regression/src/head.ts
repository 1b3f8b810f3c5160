import type { Head, HeadContext } from '@adapterfusion/contracts';
import { denseHead } from '@adapterfusion/encoder';
import { add, mean, mul, square, sub, tensor } from '@adapterfusion/tensor';
import type { RegressionOptions } from './plugin.js';

/**
 * One output: `centre + scale · out`; the loss is the mean of the squared errors over `scale²`, by default that of
 * `torch.nn.MSELoss`.
 */
export function createHead(options: RegressionOptions, shape: HeadContext): Head {
  const { centre, scale } = options;
  const { linear: _, ...dense } = denseHead('regression', options, shape, 1);
  const standard = centre === 0 && scale === 1;
  return {
    ...dense,
    logits(params, pooled, train) {
      const out = dense.logits(params, pooled, train);
      return standard ? out : add(mul(out, scale), centre);
    },
    loss: (logits, labels) => mean(square(mul(sub(logits, tensor(labels, [labels.length, 1])), 1 / scale))),
    scores: (logits) => [...logits],
  };
}

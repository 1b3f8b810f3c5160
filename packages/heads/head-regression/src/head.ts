import type { Head, HeadContext } from '@adapterfusion/contracts';
import { denseHead } from '@adapterfusion/encoder';
import { add, mul, square, sub, sum, tensor } from '@adapterfusion/tensor';
import type { RegressionOptions } from './plugin.js';

/**
 * One output: `centre + scale · out`; the loss is the mean of the squared errors over `scale²`, by default that of
 * `torch.nn.MSELoss`. The targets are `numbers` `[rows]`. With one layer and a bias
 * the closed form is ridge regression.
 */
export function createHead(options: RegressionOptions, shape: HeadContext): Head {
  const { centre, scale } = options;
  const { linear, ...dense } = denseHead('regression', options, shape, 1);
  const standard = centre === 0 && scale === 1;
  return {
    ...dense,
    forward(params, features, train) {
      const out = dense.forward(params, features, train);
      return standard ? out : add(mul(out, scale), centre);
    },
    loss(outputs, { numbers }, { row } = {}) {
      const rows = numbers!.data.length;
      const total = row ? row.reduce((whole, weight) => whole + weight, 0) : rows;
      const shares = Float32Array.from({ length: rows }, (_, at) => (row?.[at] ?? 1) / total);
      const errors = square(mul(sub(outputs, tensor(Float32Array.from(numbers!.data), [rows, 1])), 1 / scale));
      return sum(mul(errors, tensor(shares, [rows, 1])));
    },
    ...(linear ? { fit: async (...given) => (await import('./fit.js')).fit(...given, options) } : {}),
  };
}

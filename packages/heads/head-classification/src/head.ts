import { AdapterFusionError, type Head, type HeadInput, type HeadShape, type Tensor } from '@adapterfusion/contracts';
import { activate, crossEntropy, div, dropout, linear, mul, reshape, slice, sum } from '@adapterfusion/tensor';
import type { ClassificationOptions } from './options.js';

/** The first token of each row: `[batch, time, hidden] → [batch, hidden]`. */
const first = ({ hidden }: HeadInput): Tensor => {
  const [batch, , width] = hidden.shape as [number, number, number];
  return reshape(slice(hidden, 1, 0, 1), [batch, width]);
};

/** The mean over the tokens that are not padding. */
function mean({ hidden, mask }: HeadInput): Tensor {
  const [batch, time] = mask.shape as [number, number];
  return div(sum(mul(hidden, reshape(mask, [batch, time, 1])), 1), sum(mask, 1, true));
}

function pooler({ pooled }: HeadInput): Tensor {
  const value = pooled?.();
  if (value) return value;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'classification.pooling',
    expected: 'a backbone with a pooler',
    got: 'one without',
    fix: 'Use pooling "cls" or "mean".',
  });
}

/**
 * Parameters: `dense.weight [hidden, hidden]` and `dense.bias` with 2 layers, `out.weight [labels, hidden]`, and `out.bias`
 * where the options say so.
 */
export function createHead(options: ClassificationOptions, { hidden, labels, dropout: fallback }: HeadShape): Head {
  const probability = options.dropout ?? fallback;
  return {
    outputs: labels,

    init: (random) => ({
      ...(options.layers === 2
        ? { 'dense.weight': random.normal([hidden, hidden], 0.02), 'dense.bias': random.constant([hidden], 0) }
        : {}),
      'out.weight': random.normal([labels, hidden], 0.02),
      ...(options.bias ? { 'out.bias': random.constant([labels], 0) } : {}),
    }),

    pool: { cls: first, pooler, mean }[options.pooling],

    logits(params, pooled, train) {
      const read = dropout(pooled, probability, train, 'head/input');
      if (options.layers === 1) return linear(read, params['out.weight']!, params['out.bias']);
      const inner = activate(options.activation, linear(read, params['dense.weight']!, params['dense.bias']));
      return linear(dropout(inner, probability, train, 'head/inner'), params['out.weight']!, params['out.bias']);
    },

    loss: crossEntropy,

    scores(logits) {
      const most = Math.max(...logits);
      const powers = logits.map((logit) => Math.exp(logit - most));
      const total = powers.reduce((sum, power) => sum + power, 0);
      return powers.map((power) => power / total);
    },
  };
}

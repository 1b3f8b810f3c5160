import { AdapterFusionError, type Head, type HeadInput, type HeadContext, type Tensor } from '@adapterfusion/contracts';
import { activate, div, dropout, linear, mul, reshape, slice, sum } from '@adapterfusion/tensor';
import type { HeadOptions, TokenHeadOptions } from './head-options.js';

/** The first token of each input: `[inputs, time, hidden] → [inputs, hidden]`. */
const first = ({ hidden }: HeadInput): Tensor => {
  const [inputs, , width] = hidden.shape as [number, number, number];
  return reshape(slice(hidden, 1, 0, 1), [inputs, width]);
};

/** The mean over the tokens that are not padding. */
function mean({ hidden, mask }: HeadInput): Tensor {
  const [inputs, time] = mask.shape as [number, number];
  return div(sum(mul(hidden, reshape(mask, [inputs, time, 1])), 1), sum(mask, 1, true));
}

const pooler =
  (head: string) =>
  ({ pooled }: HeadInput): Tensor => {
    const value = pooled?.();
    if (value) return value;
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: `${head}.pooling`,
      expected: 'a backbone with a pooler',
      got: 'one without',
      fix: 'Use pooling "cls" or "mean".',
    });
  };

/**
 * What the prediction heads share: pooling, then one or two layers, as AdapterHub's flexible heads. Parameters:
 * `dense.weight [hidden, hidden]` and `dense.bias` with 2 layers, `out.weight [outputs, hidden]`, and `out.bias` where the
 * options say so.
 * @param head the head's id, for messages
 * @param outputs numbers that each input gets
 * @returns `forward` gives `[inputs, outputs]`; `linear` with 1 layer and a bias
 */
export function denseHead(
  head: string,
  options: HeadOptions,
  { hidden, dropout: fallback }: HeadContext,
  outputs: number,
): Required<Pick<Head, 'outputs' | 'init' | 'tokensUsed' | 'readsPooler' | 'pool' | 'forward'>> & Pick<Head, 'linear'> {
  return {
    outputs,

    ...layersOf(options, hidden, options.dropout ?? fallback, outputs),

    tokensUsed: options.pooling === 'mean' ? 'all' : 'first',
    readsPooler: options.pooling === 'pooler',

    ...(options.layers === 1 && options.bias ? { linear: { weight: 'out.weight', bias: 'out.bias' } } : {}),

    pool: { cls: first, pooler: pooler(head), mean }[options.pooling],
  };
}

/**
 * A head that gives every token numbers: the layers of {@link denseHead} without pooling.
 * @param outputs numbers that each token gets
 * @returns `forward` gives `[inputs, time, outputs]`
 */
export function tokenHead(
  options: TokenHeadOptions,
  { hidden, dropout: fallback }: HeadContext,
  outputs: number,
): Pick<Head, 'outputs' | 'init' | 'forward'> {
  return { outputs, ...layersOf(options, hidden, options.dropout ?? fallback, outputs) };
}

/** One or two layers over the last axis. */
function layersOf(
  { layers, activation, bias }: TokenHeadOptions,
  hidden: number,
  probability: number,
  outputs: number,
): Pick<Head, 'init' | 'forward'> {
  return {
    init: (random) => ({
      ...(layers === 2
        ? { 'dense.weight': random.normal([hidden, hidden], 0.02), 'dense.bias': random.constant([hidden], 0) }
        : {}),
      'out.weight': random.normal([outputs, hidden], 0.02),
      ...(bias ? { 'out.bias': random.constant([outputs], 0) } : {}),
    }),

    forward(params, features, train) {
      const input = dropout(features, probability, train, 'head/input');
      if (layers === 1) return linear(input, params['out.weight']!, params['out.bias']);
      const inner = activate(activation, linear(input, params['dense.weight']!, params['dense.bias']));
      return linear(dropout(inner, probability, train, 'head/inner'), params['out.weight']!, params['out.bias']);
    },
  };
}

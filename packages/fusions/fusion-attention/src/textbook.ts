import type { Fusion, Tensor } from '@adapterfusion/contracts';
import { add, concat, linear, mul, scope, slice, sum } from '@adapterfusion/tensor';
import { createAttention } from './attention.js';
import type { AttentionOptions } from './options.js';
import { weigh } from './weigh.js';

/**
 * The same fusion as the paper writes it: the contribution of every child, a key and a value of each, (1 + 2N)·H² products
 * a token. What the factored form is measured against.
 */
export function createTextbook(options: AttentionOptions, attentionDropout: number): Fusion {
  const { init, penalty } = createAttention(options, attentionDropout);
  const probability = options.dropout_prob ?? attentionDropout;
  return {
    tokenwise: true,
    init,
    ...(penalty ? { penalty } : {}),
    mix(params, given, children, ctx) {
      return scope(() => {
        const query = options.query_before_ln ? given.beforeNorm : given.afterNorm;
        const project = (x: Tensor, name: 'query' | 'key' | 'value'): Tensor =>
          options[name] ? linear(x, params[`${name}.weight`]!, params[`${name}.bias`]) : x;
        const mixed = (values: readonly Tensor[], weights: Tensor): Tensor => {
          const axis = weights.shape.length - 1;
          return values.map((value, child) => mul(value, slice(weights, axis, child, 1))).reduce((a, b) => add(a, b));
        };
        const q = project(query, 'query');
        const outputs = children.map((child) => {
          const delta = child.delta();
          return options.residual_before ? add(delta, ctx.residual) : delta;
        });
        const scores = outputs.map((output) => sum(mul(project(output, 'key'), q), -1, true));
        const weights = weigh(concat(scores, scores[0]!.shape.length - 1), options, probability, ctx);
        const value = (x: Tensor): Tensor => project(x, 'value');
        const result = options.value_before_softmax
          ? mixed(outputs.map(value), weights)
          : value(mixed(outputs, weights));
        return { mixed: options.residual_before ? result : add(result, ctx.residual), weights };
      });
    },
  };
}

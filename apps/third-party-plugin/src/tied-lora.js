import { definePlugin, option, parseOptions } from '@adapterfusion/contracts';
import { add, linear, mul } from '@adapterfusion/tensor';

/** Tied LoRA (Renduchintala et al. 2024): all queries and values share two small matrices, and have two vectors each. */
export const tiedLora = definePlugin({
  kind: 'adapter',
  id: 'tied_lora',
  packageName: 'adapterfusion-film',
  packageVersion: '1.0.0',
  supports: { roles: ['linear'], merge: false, identityAtInit: true },
  options: (input) => parseOptions({ r: option.number(8, { min: 1, integer: true }) }, input, 'tied_lora'),
  create: ({ r }) => ({
    flow: 'sequential',
    tokenwise: true,
    actsAt: ({ role, location }) => role === 'linear' && (location === 'query' || location === 'value'),
    inputWidth: ({ inDim }) => inDim,
    init: ({ outDim }, random) => ({ inner: random.constant([r], 1), outer: random.constant([outDim], 1) }),
    initShared: ({ scope, sites: [first] }, random) =>
      scope === 'model'
        ? { down: random.normal([r, first.inDim], 0.02), up: random.constant([first.outDim, r], 0) }
        : {},
    prepareInput: (_, { x, y, h }) => ({ input: x, query: { beforeNorm: y, afterNorm: y }, residual: h }),
    delta: ({ down, inner, up, outer }, input) => mul(linear(mul(linear(input, down), inner), up), outer),
    completeAdapter: (_params, _ctx, { residual }, delta) => add(delta, residual),
    completeSublayer: (_, h) => h,
  }),
});

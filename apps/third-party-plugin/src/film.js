import { definePlugin, option, parseOptions } from '@adapterfusion/contracts';
import { add, mul } from '@adapterfusion/tensor';

/** Feature-wise linear modulation (Perez et al. 2018): every channel is scaled and shifted. */
export const film = definePlugin({
  kind: 'adapter',
  id: 'film',
  packageName: 'adapterfusion-film',
  packageVersion: '1.0.0',
  supports: { roles: ['sublayer'], merge: false, identityAtInit: true },
  options: (input) => parseOptions({ places: option.choice('output', ['output', 'both']) }, input, 'film'),
  create: ({ places }) => ({
    flow: 'sequential',
    actsAt: ({ role, location }) => role === 'sublayer' && (places === 'both' || location === 'output_adapter'),
    init: ({ outDim }, random) => ({ gain: random.constant([outDim], 0), shift: random.constant([outDim], 0) }),
    prepareInput: (_, { h }) => ({ input: h, query: { beforeNorm: h, afterNorm: h }, residual: h }),
    delta: ({ gain, shift }, input) => add(mul(input, gain), shift),
    completeAdapter: (_params, _ctx, { residual }, delta) => add(delta, residual),
    completeSublayer: ({ norm, residual }, h) => norm(add(h, residual)),
  }),
});

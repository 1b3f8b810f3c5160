import { definePlugin, option, parseOptions, type Adapter, type Site, type Tensor } from '@adapterfusion/contracts';
import { activate, add, fill, linear, mean, mul, slice, scope, softmax, tensor } from '@adapterfusion/tensor';

/** A plain adapter of the suites' own, to compose others with: acts wherever it is told. */
export const neighbour = definePlugin<'adapter', { role: Site['role'] }>({
  kind: 'adapter',
  id: 'neighbour',
  packageName: '@adapterfusion/conformance',
  packageVersion: '0.1.0',
  supports: { roles: ['sublayer', 'linear'], merge: false, identityAtInit: false },
  options: (input) =>
    parseOptions({ role: option.choice<Site['role']>('sublayer', ['sublayer', 'linear']) }, input, 'neighbour'),
  create: ({ role }): Adapter => ({
    flow: 'sequential',
    actsAt: (site) => site.role === role,
    init: (site, random) => ({
      down: random.normal([3, site.outDim], 0.5),
      up: random.normal([site.outDim, 3], 0.5),
    }),
    prepareInput: (_, { h }) => ({ input: h, query: { beforeNorm: h, afterNorm: h }, residual: h }),
    delta: (params, input) => linear(activate('tanh', linear(input, params['down']!)), params['up']!),
    completeAdapter: (_params, _ctx, { residual }, delta) => add(delta, residual),
    completeSublayer: ({ norm, residual }, h) => (norm && residual ? norm(add(h, residual)) : h),
  }),
});

/** A fusion that gives every child the same weight. */
export const equalWeights = definePlugin<'fusion', object>({
  kind: 'fusion',
  id: 'equal-weights',
  packageName: '@adapterfusion/conformance',
  packageVersion: '0.1.0',
  supports: { minChildren: 1, trainable: false },
  options: (input) => parseOptions({}, input, 'equal-weights'),
  create: () => ({
    init: () => ({}),
    mix: (_, query, children, { residual, childMask }) =>
      scope(() => {
        const even = fill([...query.afterNorm.shape.slice(0, -1), children.length], 0);
        const weights = softmax(childMask ? add(even, mul(add(childMask, -1), 1e30)) : even);
        const parts = children.map((child, index): Tensor => mul(child.delta(), slice(weights, 2, index, 1)));
        return { mixed: parts.reduce((a, b) => add(a, b), residual), weights };
      }),
  }),
});

/** A fusion of fixed weights, one per child and channel, that add up to nothing in particular. */
export const fixedWeights = definePlugin<'fusion', object>({
  kind: 'fusion',
  id: 'fixed-weights',
  packageName: '@adapterfusion/conformance',
  packageVersion: '0.1.0',
  supports: { minChildren: 1, trainable: false, weights: 'free' },
  options: (input) => parseOptions({}, input, 'fixed-weights'),
  create: () => {
    const weightsAt = (width: number, children: readonly number[]): Tensor =>
      tensor(
        children.flatMap((child) => Array.from({ length: width }, (_, at) => 0.7 - 0.9 * child + 0.2 * (at % 3))),
        [children.length, width],
      );
    return {
      init: () => ({}),
      linearWeights: (_params, { outDim }, children) => weightsAt(outDim, children),
      mix: (_, __, children, { site, residual, childMask }) =>
        scope(() => {
          const all = weightsAt(
            site.outDim,
            children.map(({ index }, at) => index ?? at),
          );
          const mask = childMask ?? fill([children.length], 1);
          const parts = children.map((child, at) =>
            mul(mul(child.delta(), slice(all, 0, at, 1)), slice(mask, mask.shape.length - 1, at, 1)),
          );
          const shown = mul(mul(fill([...residual.shape.slice(0, -1), 1], 1), mean(all, 1)), mask);
          return { mixed: parts.reduce((a, b) => add(a, b), residual), weights: shown };
        }),
    };
  },
});

/** A bottleneck in factored form, at every sublayer site. */
export const factored = definePlugin<'adapter', { size: number }>({
  kind: 'adapter',
  id: 'factored',
  packageName: '@adapterfusion/conformance',
  packageVersion: '0.1.0',
  supports: { roles: ['sublayer'], merge: false, identityAtInit: false },
  options: (input) => parseOptions({ size: option.number(2, { min: 1, integer: true }) }, input, 'factored'),
  create: ({ size }): Adapter => ({
    flow: 'sequential',
    actsAt: (site) => site.role === 'sublayer',
    init: (site, random) => ({
      down: random.normal([size, site.outDim], 0.5),
      up: random.normal([site.outDim, size], 0.5),
      'up.bias': random.normal([site.outDim], 0.5),
    }),
    prepareInput: (_, ctx) => {
      const input = ctx.h === ctx.y || !ctx.norm ? ctx.normed() : ctx.norm(add(ctx.h, ctx.residual!));
      return { input, query: { beforeNorm: ctx.h, afterNorm: input }, residual: ctx.h };
    },
    delta: (params, input) =>
      linear(activate('tanh', linear(input, params['down']!)), params['up']!, params['up.bias']),
    completeAdapter: (_params, _ctx, { residual }, delta) => add(delta, residual),
    completeSublayer: ({ norm, residual }, h) => (norm && residual ? norm(add(h, residual)) : h),
    lowRank: (params) => ({
      down: params['down']!,
      activation: 'tanh',
      up: params['up']!,
      upBias: params['up.bias']!,
      scale: 1,
    }),
  }),
});

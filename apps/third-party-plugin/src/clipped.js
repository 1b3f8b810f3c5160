import { definePlugin, option, parseOptions } from '@adapterfusion/contracts';
import { add, div, fill, maximum, minimum, mul, scope, slice, sum } from '@adapterfusion/tensor';

/** The mean of the contributions, of which no number is larger than a limit: no adapter shouts the others down. */
export const clipped = definePlugin({
  kind: 'fusion',
  id: 'clipped',
  packageName: 'adapterfusion-film',
  packageVersion: '1.0.0',
  supports: { minChildren: 1, trainable: false },
  options: (input) => parseOptions({ limit: option.number(0.5, { min: 1e-6 }) }, input, 'clipped'),
  create: ({ limit }) => ({
    tokenwise: true,
    // Where a number reaches the limit, the function has a kink.
    piecewise: true,
    init: () => ({}),
    mix: (_params, _query, children, { residual, childMask }) =>
      scope(() => {
        const [batch, time] = residual.shape;
        const taking = mul(fill([batch, time, children.length], 1), childMask ?? 1);
        const weights = div(taking, sum(taking, -1, true));
        const within = (delta) => maximum(minimum(delta, limit), -limit);
        const mixed = children.reduce(
          (total, child, index) => add(total, mul(within(child.delta()), slice(weights, 2, index, 1))),
          residual,
        );
        return { mixed, weights };
      }),
  }),
});

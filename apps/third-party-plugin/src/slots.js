import { attentionAdapter, definePlugin, option, parseOptions } from '@adapterfusion/contracts';
import { concat, fill, reshape, scope, tile, transpose } from '@adapterfusion/tensor';

/** Slots that every token may attend to: keys and values that each layer learns for itself. */
export const slots = definePlugin({
  kind: 'adapter',
  id: 'slots',
  packageName: 'adapterfusion-film',
  packageVersion: '1.0.0',
  supports: { roles: ['attention'], merge: false, identityAtInit: false },
  options: (input) => parseOptions({ count: option.number(4, { min: 1, integer: true }) }, input, 'slots'),
  create: ({ count }) =>
    attentionAdapter({
      tokenwise: true,
      actsAt: ({ role }) => role === 'attention',
      init: ({ outDim }, random) => ({
        key: random.normal([count, outDim], 1),
        value: random.normal([count, outDim], 0.1),
      }),
      attention: (params, { query, key, value, mask }) =>
        scope(() => {
          const [batch, heads, , depth] = key.shape;
          /** `[count, heads · depth]` before `[batch, heads, time, depth]`. */
          const before = (learned, states) => {
            const byHead = transpose(reshape(learned, [count, heads, depth]), [1, 0, 2]);
            return concat([tile(reshape(byHead, [1, heads, count, depth]), [batch, 1, 1, 1]), states], 2);
          };
          const seen = concat([fill([batch, count], 1), mask], 1);
          return { query, key: before(params.key, key), value: before(params.value, value), mask: seen };
        }),
    }),
});

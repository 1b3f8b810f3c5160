import { definePlugin, parseOptions } from '@adapterfusion/contracts';
import { add, concat, mean, mul, scope, slice, softmax, square } from '@adapterfusion/tensor';

/** Weighs every contribution by its mean square, as sharply as it learns to. */
export const loudest = definePlugin({
  kind: 'fusion',
  id: 'loudest',
  packageName: 'adapterfusion-film',
  packageVersion: '1.0.0',
  supports: { minChildren: 1, trainable: true },
  options: (input) => parseOptions({}, input, 'loudest'),
  create: () => ({
    init: (_site, _children, random) => ({ sharpness: random.constant([1], 1) }),
    mix: ({ sharpness }, _query, children, { residual, childMask }) =>
      scope(() => {
        const deltas = children.map((child) => child.delta());
        const loudness = deltas.map((delta) => mul(mean(square(delta), -1, true), sharpness));
        const logits = concat(loudness, 2);
        const weights = softmax(childMask ? add(logits, mul(add(childMask, -1), 1e30)) : logits);
        const parts = deltas.map((delta, index) => mul(delta, slice(weights, 2, index, 1)));
        return { mixed: parts.reduce((sum, part) => add(sum, part), residual), weights };
      }),
  }),
});

import { definePlugin, parseOptions } from '@adapterfusion/contracts';
import { fill } from '@adapterfusion/tensor';
import { mix } from './mix.js';

/** A fusion that gives every child the same weight and learns nothing. It has no options. */
export const average = definePlugin<'fusion', Record<never, never>>({
  kind: 'fusion',
  id: 'average',
  packageName: '@adapterfusion/fusion-average',
  packageVersion: '0.1.0',
  supports: { minChildren: 1, trainable: false },
  options: (input) => parseOptions({}, input, 'average'),
  create: () => ({
    tokenwise: true,
    init: () => ({}),
    linearWeights: (_params, _site, children) => fill([children.length, 1], 1 / children.length),
    mix: (_, __, children, ctx) => mix(children, ctx),
  }),
});

import { definePlugin, option, parseOptions, type OptionsOf } from '@adapterfusion/contracts';
import { fill } from '@adapterfusion/tensor';
import { mix } from './mix.js';

const specs = {
  /** Factor of the mixture, from 0 to 1: below 1 it is weakened towards the bare encoder. */
  strength: option.number(1, { min: 0, max: 1 }),
};

/** Options of the fusion `average`. */
export type AverageOptions = OptionsOf<typeof specs>;

/** A fusion that gives every child the same weight, `strength` / children, and learns nothing. @throws OPTIONS_INVALID */
export const average = definePlugin<'fusion', AverageOptions>({
  kind: 'fusion',
  id: 'average',
  packageName: '@adapterfusion/fusion-average',
  packageVersion: '0.1.0',
  supports: { minChildren: 1, trainable: false },
  options: (input) => parseOptions(specs, input, 'average'),
  create: ({ strength }) => ({
    tokenwise: true,
    init: () => ({}),
    linearWeights: (_params, _site, children) => fill([children.length, 1], strength / children.length),
    mix: (_, __, children, ctx) => mix(children, ctx, strength),
  }),
});

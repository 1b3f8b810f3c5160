import {
  definePlugin,
  type Adapter,
  type AnyConfigured,
  type Params,
  type Supports,
  type Tensor,
} from '@adapterfusion/contracts';
import { add, clone, constant, keep, linear, mean, mul, activate } from '@adapterfusion/tensor';
import { factored, neighbour } from './toys.js';

export type Broken<K extends 'adapter' | 'fusion'> = readonly [what: string, test: string, AnyConfigured<K>];

function adapterFrom(
  change: (sound: Adapter) => Partial<Adapter>,
  supports: Partial<Supports['adapter']> = {},
  options?: (input: unknown) => object,
): AnyConfigured<'adapter'> {
  const { plugin } = factored;
  return definePlugin<'adapter', object>({
    ...plugin,
    id: 'broken',
    supports: { ...plugin.supports, ...supports },
    options: options ?? ((input) => strict(input)),
    create: (_, surroundings) => {
      const sound = plugin.create({ size: 2 }, surroundings);
      return { ...sound, ...change(sound) };
    },
  })();
}

/** No options at all. */
export function strict(input: unknown): object {
  const [key] = Object.keys(input as object);
  if (key !== undefined) neighbour.plugin.options({ [key]: 1 });
  return {};
}

let count = 0;

export const BROKEN_ADAPTERS: readonly Broken<'adapter'>[] = [
  [
    'keeps a tensor in every pass',
    'remembers nothing',
    adapterFrom(({ delta }) => ({ delta: (params, input, ctx) => (keep(clone(input)), delta(params, input, ctx)) })),
  ],
  [
    'starts from chance',
    'starts with the same numbers from the same seed',
    adapterFrom(({ init }) => ({
      init: (site, random) => ({ ...init(site, random), 'up.bias': random.constant([site.outDim], Math.random()) }),
    })),
  ],
  [
    'counts its passes',
    'remembers nothing',
    adapterFrom(({ delta }) => ({ delta: (params, input, ctx) => mul(delta(params, input, ctx), 1 + count++ / 100) })),
  ],
  [
    'stops a gradient',
    'has gradients that agree with finite differences',
    adapterFrom(() => ({
      delta: (params, input) =>
        linear(activate('tanh', linear(input, constant(clone(params['down']!)))), params['up']!, params['up.bias']),
    })),
  ],
  [
    'stops a gradient and speaks of kinks',
    'has gradients that agree with finite differences',
    adapterFrom(() => ({
      piecewise: true,
      delta: (params, input) =>
        linear(activate('tanh', linear(input, constant(clone(params['down']!)))), params['up']!, params['up.bias']),
    })),
  ],
  ['claims to change nothing', 'changes nothing at first', adapterFrom(() => ({}), { identityAtInit: true })],
  [
    'does not say that it changes nothing',
    'changes something at first, as it declares',
    adapterFrom(({ init }) => ({
      init: (site, random) => zeroed(init(site, random), random),
    })),
  ],
  ['claims to merge', 'merges into a projection exactly', adapterFrom(() => ({}), { merge: true })],
  [
    'merges without saying so',
    'has no merge, as it declares',
    adapterFrom(() => ({ merge: (_, { weight, bias }) => ({ weight: clone(weight), bias: clone(bias) }) })),
  ],
  [
    'acts at projections without saying so',
    'acts at sites of the roles that it declares, and at no others',
    adapterFrom(() => ({ actsAt: () => true })),
  ],
  [
    'has factors of another scale',
    'gives as a contribution what its factors give, where it has factors',
    adapterFrom(({ lowRank }) => ({ lowRank: (params, site) => ({ ...lowRank!(params, site)!, scale: 2 }) })),
  ],
  [
    'combines to the first of several',
    'is combined with another of its kind to one adapter that computes the same, if it can be combined',
    adapterFrom(() => ({
      combine: ([term]) => ({
        options: {},
        sites: new Map(
          [...term!.sites].map(([name, { params }]) => [
            name,
            Object.fromEntries(Object.entries(params).map(([key, each]) => [key, clone(each)])),
          ]),
        ),
      }),
    })),
  ],
  [
    'frees what is not its own',
    'keeps its arguments as they are',
    adapterFrom(({ completeAdapter }) => ({
      completeAdapter(params, ctx, entered, delta) {
        const h = completeAdapter(params, ctx, entered, delta);
        ctx.mask.dispose();
        return h;
      },
    })),
  ],
  [
    'looks at padding',
    'gives a row the same alone, among others, and with more padding',
    adapterFrom(({ delta }) => ({
      delta: (params, input, ctx) => add(delta(params, input, ctx), mean(input, 1, true)),
      lowRank: () => undefined,
    })),
  ],
  [
    'claims to take tokens one by one',
    'takes tokens one by one, if it declares that',
    adapterFrom(({ delta }) => ({
      tokenwise: true,
      delta: (params, input, ctx) => add(delta(params, input, ctx), mul(ctx.normed(), ctx.time)),
      lowRank: () => undefined,
    })),
  ],
  [
    'mixes rows',
    'gives a row the same alone, among others, and with more padding',
    adapterFrom(({ delta }) => ({
      delta: (params, input, ctx) => add(delta(params, input, ctx), mean(input, 0, true)),
      lowRank: () => undefined,
    })),
  ],
  [
    'drops out by chance',
    'drops out as the key says, and not in evaluation',
    adapterFrom(({ completeAdapter }) => ({
      completeAdapter: (params, ctx, entered, delta) =>
        completeAdapter(params, ctx, entered, mul(delta, Math.random())),
    })),
  ],
  [
    'takes any option',
    'refuses an option that it does not know',
    adapterFrom(
      () => ({}),
      {},
      () => ({}),
    ),
  ],
  [
    'has a function among its options',
    'has options that survive JSON',
    adapterFrom(
      () => ({}),
      {},
      (input) => ({ ...strict(input), size: () => 2 }),
    ),
  ],
  [
    'is not finished by its residual',
    'composed: the average of an adapter with itself is itself',
    adapterFrom(({ completeSublayer }) => ({
      completeSublayer: (ctx, h) => completeSublayer(ctx, mul(h, 1 + (count++ % 7) / 10)),
    })),
  ],
];

function zeroed(params: Params, random: { constant(shape: readonly number[], value: number): Tensor }): Params {
  return Object.fromEntries(
    Object.entries(params).map(([name, each]) => {
      const { shape } = each;
      if (!name.startsWith('up')) return [name, each];
      each.dispose();
      return [name, random.constant(shape, 0)];
    }),
  );
}

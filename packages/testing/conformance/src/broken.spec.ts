import {
  definePlugin,
  type Adapter,
  type AnyConfigured,
  type Child,
  type Fusion,
  type Params,
  type Supports,
  type Tensor,
} from '@adapterfusion/contracts';
import { add, clone, constant, fill, keep, linear, mean, mul, sum, tensor, activate } from '@adapterfusion/tensor';
import { equalWeights, factored, neighbour } from './toys.js';

type Broken<K extends 'adapter' | 'fusion'> = readonly [what: string, test: string, AnyConfigured<K>];

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
function strict(input: unknown): object {
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
    'frees what is not its own',
    'keeps its arguments as they are',
    adapterFrom(({ finish }) => ({
      finish(params, ctx, entered, delta) {
        const h = finish(params, ctx, entered, delta);
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
    adapterFrom(({ finish }) => ({
      finish: (params, ctx, entered, delta) => finish(params, ctx, entered, mul(delta, Math.random())),
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
    adapterFrom(({ leave }) => ({ leave: (ctx, h) => leave(ctx, mul(h, 1 + (count++ % 7) / 10)) })),
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

function fusionFrom(
  change: (sound: Fusion) => Partial<Fusion>,
  supports: Partial<Supports['fusion']> = {},
): AnyConfigured<'fusion'> {
  const { plugin } = equalWeights;
  return definePlugin<'fusion', object>({
    ...plugin,
    id: 'broken',
    supports: { ...plugin.supports, ...supports },
    options: strict,
    create: (_, surroundings) => {
      const sound = plugin.create({}, surroundings);
      return { ...sound, ...change(sound) };
    },
  })();
}

export const BROKEN_FUSIONS: readonly Broken<'fusion'>[] = [
  [
    'gives weights that are no shares',
    'gives weights that are shares',
    fusionFrom(({ mix }) => ({
      mix(...given) {
        const { mixed, weights } = mix(...given);
        return { mixed, weights: mul(weights, 2) };
      },
    })),
  ],
  [
    'ignores masks',
    'gives a masked child no weight',
    fusionFrom(({ mix }) => ({
      mix: (params, query, children, { childMask: _, ...ctx }) => mix(params, query, children, ctx),
    })),
  ],
  [
    'gives no numbers as weights',
    'gives finite weights',
    fusionFrom(
      ({ mix }) => ({
        mix(...given) {
          const { mixed, weights } = mix(...given);
          return { mixed, weights: mul(weights, Number.NaN) };
        },
      }),
      { weights: 'free' },
    ),
  ],
  [
    'has other linear weights than it mixes by',
    'adds to the residual what its linear weights say, if it has any',
    fusionFrom(() => ({ linearWeights: (_params, _site, children) => fill([children.length, 1], 0.5) })),
  ],
  [
    'keeps a tensor',
    'gives weights that are shares',
    fusionFrom(({ mix }) => ({
      mix: (params, query, children, ctx) => (keep(clone(ctx.residual)), mix(params, query, children, ctx)),
    })),
  ],
  ['claims to learn', 'has parameters, the same from the same seed', fusionFrom(() => ({}), { trainable: true })],
  [
    'learns without saying so',
    'has no parameters, as it declares',
    fusionFrom(() => ({ init: () => ({ secret: tensor([1], [1]) }) })),
  ],
  [
    'forgets the bias of factors',
    'treats factors as the contributions that they stand for',
    fusionFrom(({ mix }) => ({
      mix: (params, query, children, ctx) => mix(params, query, children.map(withoutBias), ctx),
    })),
  ],
  [
    'claims to mix tokens one by one',
    'mixes tokens one by one, if it declares that',
    fusionFrom(({ mix }) => ({
      tokenwise: true,
      mix(params, query, children, ctx) {
        const { mixed, weights } = mix(params, query, children, ctx);
        return { mixed: add(mixed, mean(ctx.residual, 1, true)), weights };
      },
    })),
  ],
  [
    'keeps what it prepared',
    'mixes the same from what it prepared, and frees that',
    fusionFrom(() => ({
      prepare() {
        const held = keep(tensor([1], [1]));
        return { dispose: () => void held };
      },
    })),
  ],
  [
    'has a penalty that is not a number',
    'has a penalty that is a finite number with finite gradients, if it has one',
    fusionFrom(
      () => ({
        init: (_site, _children, random) => ({ secret: random.constant([1], 1) }),
        penalty: (params) => mul(sum(params['secret']!), Number.NaN),
      }),
      { trainable: true },
    ),
  ],
  [
    'needs two children and says one',
    'takes as few children as it declares',
    fusionFrom(({ mix }) => ({
      mix(params, query, children, ctx) {
        children[1]!.delta().dispose();
        return mix(params, query, children, ctx);
      },
    })),
  ],
];

function withoutBias(child: Child): Child {
  if (!child.lowRank) return child;
  const { input, down, downBias, activation, up, scale } = child.lowRank;
  return { ...child, delta: () => mul(linear(activate(activation, linear(input, down, downBias)), up), scale) };
}

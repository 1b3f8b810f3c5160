import { definePlugin, type AnyConfigured, type Child, type Fusion, type Supports } from '@adapterfusion/contracts';
import { activate, add, clone, fill, keep, linear, mean, mul, sum, tensor } from '@adapterfusion/tensor';
import { strict, type Broken } from './broken.spec.js';
import { equalWeights } from './toys.js';

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

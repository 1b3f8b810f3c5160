import { AdapterFusionError, type Child, type Fusion, type Site, type Tensor } from '@adapterfusion/contracts';
import {
  add,
  clone,
  concat,
  dropout,
  fill,
  mean,
  mul,
  placeChildren,
  scope,
  slice,
  stackFactors,
  StackCache,
  type FactorStack,
} from '@adapterfusion/tensor';
import type { ScalingOptions } from './options.js';
import {
  columnsOfChild,
  foldChild,
  mixture,
  weightStack,
  weightTensors,
  type WeightedStack,
} from './weighted-stack.js';
import { initialWeights, maskFactors, penalty, weightsAt } from './weights.js';

/**
 * Makes the fusion `o = r + Σ_n w_n ⊙ u_n` (ScaLearn, section 3). Weights are multiplied into the up-projections, which
 * are small, so that children with low-rank factors are never expanded: there is no `[batch, time, children, outDim]`.
 */
export function createScaling(options: ScalingOptions): Fusion {
  return {
    tokenwise: true,

    init: (site, children, random) =>
      options.shared === 'site' ? { weights: initialWeights(options, site, children, random) } : {},

    ...(options.shared === 'site'
      ? {}
      : {
          initShared: ({ scope: by, sites }, children, random) =>
            by === options.shared
              ? { weights: initialWeights(options, oneWidth(options, sites), children, random) }
              : {},
        }),

    prepare: (_params, _site, _lowRanks, form) =>
      form === 'infer' ? new StackCache<WeightedStack>(true, weightTensors) : new StackCache<FactorStack>(false),

    linearWeights: (params, _site, children) => scope(() => weightsAt(params['weights']!, children, children.length)),

    fold(params, _site, children) {
      const fold = (at: number): Tensor =>
        weightsAt(params['weights']!, [positionOf(children[at]!, at)], children.length);
      return {
        needed: children.every(({ lowRank }) => lowRank) ? [] : ['weights'],
        children: children.map(({ lowRank }, at) => (lowRank ? scope(() => foldChild(lowRank, fold(at))) : undefined)),
      };
    },

    mix(params, _query, children, ctx) {
      return scope(() => {
        const { residual, train } = ctx;
        const cache = ctx.prepared instanceof StackCache ? (ctx.prepared as StackCache<FactorStack>) : undefined;
        const lead = residual.shape.slice(0, -1);
        const positions = children.map(positionOf);
        const dropped = once(() => dropout(params['weights']!, options.dropout, train, `${ctx.scopeName}/weights`));
        const weightsOf = (at: readonly number[]): Tensor =>
          weightsAt(
            dropped(),
            at.map((child) => positions[child]!),
            children.length,
          );
        const mask = ctx.childMask && mul(fill([...lead, 1], 1), maskFactors(ctx.childMask));

        const { placed, inputs } = placeChildren(children, columnsOfChild);
        const done = children.some((child) => child.folded);
        const weighted = (stack: FactorStack): WeightedStack =>
          weightStack(stack, done ? undefined : weightsOf(stack.owners));
        const signature = placed.map(({ child, input }) => `${child}:${input}`).join();
        const stacked = (): WeightedStack => {
          const make = (): FactorStack => stackFactors(placed);
          if (cache?.folded) return (ctx.prepared as StackCache<WeightedStack>).of(signature, () => weighted(make()));
          return weighted(cache && !done ? cache.of(signature, make) : make());
        };
        const masked = (child: number, value: Tensor): Tensor =>
          mask ? mul(value, slice(mask, mask.shape.length - 1, child, 1)) : value;

        let mixed = placed.length > 0 ? add(residual, mixture(stacked(), inputs, mask)) : residual;
        children.forEach((child, at) => {
          if (child.zero || child.lowRank || child.folded) return;
          mixed = add(mixed, masked(at, mul(child.delta(), weightsOf([at]))));
        });

        const means = done
          ? concat(
              children.map(({ folded }, at) => folded?.params['mean'] ?? mean(weightsOf([at]), 1)),
              0,
            )
          : mean(weightsOf([...children.keys()]), 1);
        const shown = mul(mask ?? fill([...lead, children.length], 1), means);
        return { mixed: mixed === residual ? clone(mixed) : mixed, weights: shown };
      });
    },

    ...(options.ridge > 0 ? { penalty: (params) => penalty(params, options.ridge) } : {}),
  };
}

/** One of the sites that share vectors. @throws OPTIONS_INVALID where they have different widths */
function oneWidth({ per, shared }: ScalingOptions, sites: readonly Site[]): Site {
  const [first] = sites as readonly [Site];
  const other = sites.find(({ outDim }) => outDim !== first.outDim);
  if (per === 'number' || !other) return first;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'scaling.shared',
    expected: `sites of one width to share vectors`,
    got: `${first.name} of ${first.outDim} and ${other.name} of ${other.outDim}, with shared "${shared}"`,
    fix: 'Use per "number", or shared "site".',
  });
}

const positionOf = ({ index }: Pick<Child, 'index'>, at: number): number => index ?? at;

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

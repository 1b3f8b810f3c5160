import {
  AdapterFusionError,
  type AdapterTerm,
  type CombinedAdapter,
  type Params,
  type Tensor,
} from '@adapterfusion/contracts';
import { add, clone, concat, mul, reshape, scope } from '@adapterfusion/tensor';
import { bottleneckSize } from './size.js';
import type { BottleneckOptions } from './options.js';

/** Options that may differ: the widths are added up, the scale is folded in, and the others matter only in training. */
const FREE = ['reduction_factor', 'scaling', 'init_weights', 'init_weights_seed', 'dropout'];

/**
 * Options with which an adapter alone computes something else than in a fusion: layer norms of its own, a gate that
 * depends on the input, a residual that it has in a fusion only; and projections that are no matrices.
 */
const REFUSED = ['ln_before', 'ln_after', 'use_gating', 'is_parallel', 'phm_layer'];

/**
 * One bottleneck adapter that computes the weighted sum of several: down-projections stacked, scale and weight multiplied
 * into the up-projections, biases added (ScaLearn, arXiv 2310.01217, read as one adapter). Its bottleneck is as wide as
 * those of all terms together.
 * @param options of the adapter that leads
 * @returns tensors that the caller owns
 * @throws UNSUPPORTED where options other than the reduction factor, scaling, dropout and initial weights differ, and for
 * layer norms of the adapters' own, gates, parallel adapters and Compacter
 */
export function combineBottlenecks(options: BottleneckOptions, terms: readonly AdapterTerm[]): CombinedAdapter {
  for (const term of terms) check(options, term);
  const [{ sites: places }] = terms as readonly [AdapterTerm];
  const sites = new Map<string, Params>();
  const factors = new Map<number, number>();
  for (const [name, { site }] of places) {
    const made = scope(() => combineAt(terms, name));
    sites.set(name, made);
    factors.set(site.layer, factorFor(site.outDim, made['down.bias']!.size));
  }
  const [first] = factors.values();
  const same = [...factors.values()].every((factor) => factor === first);
  return {
    options: {
      ...options,
      reduction_factor: same ? first! : Object.fromEntries([...factors].map(([layer, factor]) => [`${layer}`, factor])),
      scaling: 1,
    },
    sites,
  };
}

function combineAt(terms: readonly AdapterTerm[], name: string): Params {
  const parts = terms.map(({ options, sites }) => {
    const { params, weight } = sites.get(name)!;
    const { scaling } = options as BottleneckOptions;
    const factor = mul(weight, typeof scaling === 'number' ? scaling : params['scaling']!);
    return {
      down: params['down.weight']!,
      downBias: params['down.bias']!,
      up: mul(params['up.weight']!, reshape(factor, [factor.size, 1])),
      upBias: mul(params['up.bias']!, factor),
    };
  });
  const joined = (key: 'down' | 'downBias' | 'up', axis: number): Tensor =>
    concat(
      parts.map((part) => part[key]),
      axis,
    );
  return {
    'down.weight': joined('down', 0),
    'down.bias': joined('downBias', 0),
    'up.weight': joined('up', 1),
    'up.bias': clone(parts.map(({ upBias }) => upBias).reduce((a, b) => add(a, b))),
  };
}

/** The reduction factor that makes a bottleneck of `size`: the quotient, or the next smaller number where that rounds up. */
export function factorFor(width: number, size: number): number {
  const factor = width / size;
  return bottleneckSize(width, factor) === size && Math.floor(width / factor) === size
    ? factor
    : factor * (1 - 2 ** -52);
}

/** @throws UNSUPPORTED for an option that is refused, or that differs from that of the adapter that leads */
function check(options: BottleneckOptions, term: AdapterTerm): void {
  const own = term.options as BottleneckOptions;
  for (const key of Object.keys(options) as (keyof BottleneckOptions)[]) {
    const [wanted, got] = [!REFUSED.includes(key) && options[key], own[key]].map((value) => JSON.stringify(value));
    if (FREE.includes(key) || wanted === got) continue;
    throw new AdapterFusionError('UNSUPPORTED', {
      at: term.name,
      expected: `${key} ${wanted}`,
      got: got!,
      fix: 'Use adapters with the same options.',
    });
  }
}

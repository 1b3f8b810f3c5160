import type { Child, Fusion, Params, Tensor } from '@adapterfusion/contracts';
import { add, clone, fill, linear, mul, placeChildren, reshape, scope, StackCache, sum } from '@adapterfusion/tensor';
import { scoredColumns } from './columns.js';
import { fold, foldChild } from './fold.js';
import type { AttentionOptions } from './options.js';
import { densePart, lowRankPart } from './parts.js';
import { penalty } from './penalty.js';
import { scoredStack, scoreTensors, type ScoredStack } from './scored-stack.js';
import { weigh } from './weigh.js';

/**
 * Makes the fusion. A child's logit ⟨q, W_K u + b_K⟩ is taken as ⟨W_Kᵀ q, u⟩ plus a part that is equal for all children, and
 * values are projected once, after mixing: the same function.
 */
export function createAttention(options: AttentionOptions, attentionDropout: number): Fusion {
  const probability = options.dropout_prob ?? attentionDropout;

  /** `q` and `q' = W_Kᵀ q`, each computed when first asked for. */
  const projections = (params: Params, query: Tensor): { q: () => Tensor; towards: () => Tensor } => {
    const q = once(() => (options.query ? linear(query, params['query.weight']!, params['query.bias']) : query));
    const key = params['key.weight'];
    return { q, towards: once(() => (key ? linear(q(), key, undefined, { transposed: true }) : q())) };
  };

  /** The part of the logits that is equal for all children; it matters only where dropout zeroes single logits. */
  const shared = (params: Params, q: Tensor, towards: Tensor, residual: Tensor): Tensor | undefined =>
    total([
      options.key ? sum(mul(q, params['key.bias']!), -1, true) : undefined,
      options.residual_before ? sum(mul(towards, residual), -1, true) : undefined,
    ]);

  /** The same where no query is projected: ⟨W_Q x + b_Q, b_K⟩ = ⟨x, W_Qᵀ b_K⟩ + ⟨b_Q, b_K⟩. */
  const sharedOf = (params: Params, query: Tensor): Tensor => {
    const bias = reshape(params['key.bias']!, [1, params['key.bias']!.size]);
    const along = linear(bias, params['query.weight']!, undefined, { transposed: true });
    return linear(query, along, sum(mul(bias, params['query.bias']!), -1));
  };

  /** Whether projections are better folded into the columns in every step than made for every row. */
  const foldsInTraining = (children: readonly Child[], query: Tensor): boolean => {
    const columns = children.reduce((count, { lowRank }) => count + (lowRank ? lowRank.down.shape[0]! + 1 : 0), 0);
    const projects = options.query && options.key && options.value && !options.residual_before;
    const low = children.every(({ lowRank, zero }) => lowRank ?? zero);
    return projects && low && children.length > 1 && foldingPays(query, columns);
  };

  return {
    tokenwise: true,

    init(site, _children, random) {
      const width = site.outDim;
      const params: Record<string, Tensor> = {};
      const averages = options.initial === 'average';
      // With one of the two at 0 all logits are equal, and its gradient is not 0.
      const zero = averages ? (options.query ? 'query' : 'key') : undefined;
      for (const name of ['query', 'key'] as const) {
        if (!options[name]) continue;
        params[`${name}.weight`] =
          zero === name ? random.constant([width, width], 0) : random.normal([width, width], 0.02);
        params[`${name}.bias`] = random.constant([width], 0);
      }
      if (options.value)
        params['value.weight'] =
          averages || options.value_initialized
            ? random.diagonal(width, 1, averages ? 0 : 1e-6)
            : random.normal([width, width], 0.02);
      return params;
    },

    prepare: (_params, _site, _lowRanks, form) => new StackCache<ScoredStack>(form === 'infer', scoreTensors),

    fold(params, _site, children) {
      const dense = children.some(({ lowRank, zero }) => !lowRank && !zero);
      const kept = options.residual_before ? ['value.weight'] : [];
      const needed = dense ? ['query.weight', 'query.bias', 'key.weight', 'value.weight'] : kept;
      return {
        needed: needed.filter((name) => name in params),
        children: children.map(({ lowRank }) =>
          lowRank ? foldChild(lowRank, params, options, children.length === 1) : undefined,
        ),
      };
    },

    mix(params, given, children, ctx) {
      return scope(() => {
        const only = children.length === 1;
        const query = options.query_before_ln ? given.beforeNorm : given.afterNorm;
        const { q, towards } = projections(params, query);
        const prepared = ctx.prepared instanceof StackCache ? (ctx.prepared as StackCache<ScoredStack>) : undefined;
        const done = children.some((child) => child.folded);
        const folded = done || (prepared?.folded ?? false);

        const { placed, inputs } = placeChildren(children, scoredColumns);
        const make = (): ScoredStack => {
          const stack = scoredStack(placed);
          return folded && !done ? fold(stack, params, options) : stack;
        };
        const folds = !folded && ctx.train !== undefined && foldsInTraining(children, query);
        const signature = placed.map(({ child, input }) => `${child}:${input}`).join();
        const made = (): ScoredStack => (prepared ? prepared.of(signature, make) : make());
        const factors = (): ScoredStack => (folds ? fold(made(), params, options) : made());
        const alone = folded || folds;
        const scored = alone ? () => query : towards;
        const lowRank = placed.length > 0 ? lowRankPart(factors(), inputs, children.length, scored) : undefined;
        const dense = densePart(children, towards);

        const equal = (): Tensor | undefined =>
          folds ? sharedOf(params, query) : shared(params, q(), towards(), ctx.residual);
        const logits = (): Tensor =>
          total([
            lowRank?.logits(),
            dense?.logits(),
            (lowRank ?? dense) ? undefined : fill([...query.shape.slice(0, -1), children.length], 0),
            ctx.train && probability > 0 ? equal() : undefined,
          ])!;
        const weights = only ? fill([...query.shape.slice(0, -1), 1], 1) : weigh(logits(), options, probability, ctx);

        const low = lowRank?.mixture(only ? undefined : weights);
        const values = total([
          alone ? undefined : low,
          dense?.mixture(only ? undefined : weights),
          options.residual_before ? ctx.residual : undefined,
        ]);
        const value = params['value.weight'];
        const mixed = total([
          alone ? low : undefined,
          values && value ? linear(values, value) : values,
          options.residual_before ? undefined : ctx.residual,
        ])!;
        return { mixed: mixed === ctx.residual ? clone(mixed) : mixed, weights };
      });
    },

    ...(options.regularization && options.value ? { penalty: (params) => penalty(params['value.weight']!) } : {}),
  };
}

/**
 * Whether forming W_KᵀW_Q·Up and W_V·Up once, and their gradients, costs fewer products than projecting every row: of R rows of
 * width H with C columns, 6RCH + 8CH² against 9RH² + 4RCH, forward and backward.
 */
function foldingPays(query: Tensor, columns: number): boolean {
  const width = query.shape[query.shape.length - 1]!;
  const rows = query.size / width;
  return columns * (2 * rows + 8 * width) < 9 * rows * width;
}

function total(terms: readonly (Tensor | undefined)[]): Tensor | undefined {
  const present = terms.filter((term) => term !== undefined);
  return present.length === 0 ? undefined : present.reduce((a, b) => add(a, b));
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

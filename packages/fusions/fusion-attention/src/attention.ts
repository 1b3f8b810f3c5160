import {
  definePlugin,
  type Child,
  type Fusion,
  type MixContext,
  type Params,
  type Prepared,
  type Tensor,
} from '@adapterfusion/contracts';
import {
  add,
  concat,
  constant,
  div,
  dropout,
  keep,
  linear,
  mul,
  reshape,
  scope,
  slice,
  softmax,
  square,
  sub,
  sum,
  tensor,
} from '@adapterfusion/tensor';
import { parseDynamic, parseStatic, type AttentionOptions } from './options.js';
import { bottlenecks, keepStack, stackFactors, type Placed, type Stack } from './stack.js';

/** Logits of children that a mask leaves out move this far down: their weight is exactly 0. */
const FAR = 1e30;

/** Stacked factors by which child reads which input, made on first use and kept. */
class PreparedStacks implements Prepared {
  readonly #stacks = new Map<string, { stack: Stack; tensors: Tensor[] }>();

  of(placed: readonly Placed[], children: number): Stack {
    const signature = placed.map(({ child, input }) => `${child}:${input}`).join();
    let kept = this.#stacks.get(signature);
    if (!kept) this.#stacks.set(signature, (kept = keepStack(stackFactors(placed, children))));
    return kept.stack;
  }

  dispose(): void {
    for (const { tensors } of this.#stacks.values()) for (const each of tensors) each.dispose();
    this.#stacks.clear();
  }
}

function placeChildren(children: readonly Child[]): { placed: Placed[]; inputs: Tensor[] } {
  const inputs: Tensor[] = [];
  const placed = children.flatMap(({ lowRank }, child): Placed[] => {
    if (!lowRank) return [];
    if (!inputs.includes(lowRank.input)) inputs.push(lowRank.input);
    return [{ child, input: inputs.indexOf(lowRank.input), factors: lowRank }];
  });
  return { placed, inputs };
}

/** One child's column of a `[children, count]` matrix that puts values where they belong. */
function placement(indices: readonly number[], children: number): Tensor {
  const values = new Float32Array(children * indices.length);
  indices.forEach((child, column) => (values[child * indices.length + column] = 1));
  return constant(tensor(values, [children, indices.length]));
}

const total = (terms: readonly (Tensor | undefined)[]): Tensor | undefined => {
  const present = terms.filter((term) => term !== undefined);
  return present.length === 0 ? undefined : present.reduce((a, b) => add(a, b));
};

function createAttention(options: AttentionOptions, attentionDropout: number): Fusion {
  const probability = options.dropout_prob ?? attentionDropout;

  /** `q` and `q' = W_Kᵀ q`: a child's logit is its contribution times `q'`, plus what is equal for all children. */
  const queries = (params: Params, query: Tensor): { q: Tensor; towards: Tensor } => {
    const q = options.query ? linear(query, params['query.weight']!, params['query.bias']!) : query;
    return { q, towards: options.key ? linear(q, params['key.weight']!, undefined, { transposed: true }) : q };
  };

  /** The part of the logits that is equal for all children; it matters only where dropout zeroes single logits. */
  const shared = (params: Params, q: Tensor, towards: Tensor, residual: Tensor): Tensor | undefined =>
    total([
      options.key ? sum(mul(q, params['key.bias']!), -1, true) : undefined,
      options.residual_before ? sum(mul(towards, residual), -1, true) : undefined,
    ]);

  const weigh = (logits: Tensor, ctx: MixContext): Tensor => {
    const temperature = options.temperature && ctx.train ? Math.max(1, 50 - 0.05 * ctx.train.key.step) : 1;
    const dropped = dropout(logits, probability, ctx.train, `${ctx.scopeName}/logits`);
    const cooled = temperature === 1 ? dropped : div(dropped, temperature);
    return softmax(ctx.childMask ? add(cooled, mul(add(ctx.childMask, -1), FAR)) : cooled);
  };

  return {
    init(site, _children, random) {
      const width = site.outDim;
      const params: Record<string, Tensor> = {};
      for (const name of ['query', 'key'] as const) {
        if (!options[name]) continue;
        params[`${name}.weight`] = random.normal([width, width], 0.02);
        params[`${name}.bias`] = random.constant([width], 0);
      }
      if (options.value)
        params['value.weight'] = options.value_initialized
          ? random.diagonal(width, 1, 1e-6)
          : random.normal([width, width], 0.02);
      return params;
    },

    prepare: () => new PreparedStacks(),

    mix(params, query, children, ctx) {
      return scope(() => {
        const count = children.length;
        const { q, towards } = queries(params, options.query_before_ln ? query.beforeNorm : query.afterNorm);
        const { placed, inputs } = placeChildren(children);
        const stack =
          placed.length === 0
            ? undefined
            : ctx.prepared instanceof PreparedStacks
              ? ctx.prepared.of(placed, count)
              : stackFactors(placed, count);
        const dense = children.flatMap((child, index) =>
          child.lowRank || child.zero ? [] : [{ index, delta: child.delta() }],
        );

        const active = stack && bottlenecks(stack, inputs);
        const logits =
          total([
            stack && linear(mul(active!, linear(towards, stack.upTransposed)), stack.members),
            stack && linear(towards, stack.bias),
            dense.length === 0
              ? undefined
              : linear(
                  concat(
                    dense.map(({ delta }) => sum(mul(delta, towards), -1, true)),
                    towards.shape.length - 1,
                  ),
                  placement(
                    dense.map(({ index }) => index),
                    count,
                  ),
                ),
            ctx.train && probability > 0 ? shared(params, q, towards, ctx.residual) : undefined,
          ]) ?? zeros(towards, count);
        const weights = weigh(spread(logits, towards, count), ctx);

        const mixture =
          total([
            stack && linear(mul(linear(weights, stack.members, undefined, { transposed: true }), active!), stack.up),
            stack && linear(weights, stack.bias, undefined, { transposed: true }),
            ...dense.map(({ index, delta }) => mul(delta, slice(weights, weights.shape.length - 1, index, 1))),
          ]) ?? mul(towards, 0);
        const valued = options.residual_before ? add(mixture, ctx.residual) : mixture;
        const projected = options.value ? linear(valued, params['value.weight']!) : valued;
        return { mixed: options.residual_before ? projected : add(projected, ctx.residual), weights };
      });
    },

    ...(options.regularization && options.value
      ? {
          penalty: (params: Params) =>
            scope(() => {
              const value = params['value.weight']!;
              return mul(sum(square(sub(value, identity(value.shape[0]!)))), 0.01);
            }),
        }
      : {}),
  };
}

/** Where every child is `none`, or only the shared part is left, the logits have one column: spread it over all. */
function spread(logits: Tensor, towards: Tensor, children: number): Tensor {
  return logits.shape[logits.shape.length - 1] === children ? logits : add(zeros(towards, children), logits);
}

const zeros = (like: Tensor, columns: number): Tensor =>
  tensor(new Float32Array(like.shape.slice(0, -1).reduce((a, b) => a * b, 1) * columns), [
    ...like.shape.slice(0, -1),
    columns,
  ]);

function identity(size: number): Tensor {
  const values = new Float32Array(size * size);
  for (let index = 0; index < size; index++) values[index * (size + 1)] = 1;
  return tensor(values, [size, size]);
}

const common = {
  kind: 'fusion',
  packageName: '@adapterfusion/fusion-attention',
  packageVersion: '0.1.0',
  supports: { minChildren: 1, trainable: true },
  create: (options: AttentionOptions, { attentionDropout }: { attentionDropout: number }) =>
    createAttention(options, attentionDropout),
} as const;

/**
 * AdapterFusion's attention over adapters (Pfeiffer et al. 2021, section 3.2), with query, key and value projections.
 * Exact and factored: children that have a low-rank form are never expanded.
 */
export const attention = definePlugin<'fusion', AttentionOptions>({
  ...common,
  id: 'attention',
  aliases: ['dynamic'],
  options: parseDynamic,
});

/** The same without value projection, the reference's static fusion. */
export const staticAttention = definePlugin<'fusion', AttentionOptions>({
  ...common,
  id: 'static',
  options: parseStatic,
});

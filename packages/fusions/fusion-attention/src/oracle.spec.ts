import type { Child, LowRank, MixContext, Params, Site, Tensor } from '@adapterfusion/contracts';
import {
  activate,
  add,
  concat,
  dropoutMask,
  layerNorm,
  linear,
  mul,
  parameter,
  reshape,
  softmax,
  sum,
  tensor,
} from '@adapterfusion/tensor';
import type { AttentionOptions } from './options.js';

export const [batch, time, width] = [2, 3, 6];
export const site: Site = Object.freeze({
  name: '0/output_adapter',
  role: 'sublayer',
  layer: 0,
  location: 'output_adapter',
  inDim: width,
  outDim: width,
});
export const scopeName = 'fusions/f/0/output_adapter';

/** Smooth numbers without a pattern that a permutation of axes would keep. */
export const noise = (count: number, seed: number, size = 1): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => size * Math.sin(1.7 * i + 0.31 * i * seed + 12.9 * seed));

/** What a test child is made of. */
export interface ChildSpec {
  readonly bottleneck?: number;
  readonly activation?: string;
  /** `none`, or a number, or a learned `[1]` or `[width]`. */
  readonly scale?: number | 'learned' | 'channel';
  readonly biases?: boolean;
  /** Which of two inputs it reads; `query` is the query itself. */
  readonly input?: 'query' | 'other';
  /** `dense`: a norm of its own before the factors, so that there is no low-rank form. `zero`: none. */
  readonly kind?: 'lowRank' | 'dense' | 'zero';
}

/** Everything that a fusion reads, as parameters, so that gradients can be asked of all of it. */
export interface World {
  readonly leaves: Map<string, Tensor>;
  readonly params: Params;
  readonly specs: readonly ChildSpec[];
}

const shape = [batch, time, width];

/** @param names which projections the fusion has */
export function makeWorld(specs: readonly ChildSpec[], params: Readonly<Record<string, readonly number[]>>): World {
  const leaves = new Map<string, Tensor>();
  const leaf = (name: string, dims: readonly number[], size: number): Tensor => {
    const made = parameter(
      noise(
        dims.reduce((a, b) => a * b, 1),
        leaves.size + 1,
        size,
      ),
      dims,
    );
    leaves.set(name, made);
    return made;
  };
  for (const name of ['beforeNorm', 'afterNorm', 'other', 'residual']) leaf(name, shape, 1);
  const own = Object.fromEntries(
    Object.entries(params).map(([name, dims]) => [name, leaf(`fusion/${name}`, dims, 0.7)]),
  );
  specs.forEach(({ bottleneck = 2, scale = 1, biases = true, kind = 'lowRank' }, index) => {
    if (kind === 'zero') return;
    leaf(`${index}/down`, [bottleneck, width], 0.8);
    leaf(`${index}/up`, [width, bottleneck], 0.6);
    if (biases) leaf(`${index}/downBias`, [bottleneck], 0.3);
    if (biases) leaf(`${index}/upBias`, [width], 0.4);
    if (scale === 'learned') leaf(`${index}/scale`, [1], 1);
    if (scale === 'channel') leaf(`${index}/scale`, [width], 1);
  });
  return { leaves, params: own, specs };
}

export function factorsOf({ leaves, specs }: World, index: number): LowRank {
  const { activation = 'relu', scale = 1 } = specs[index]!;
  const [downBias, upBias] = [leaves.get(`${index}/downBias`), leaves.get(`${index}/upBias`)];
  return {
    down: leaves.get(`${index}/down`)!,
    up: leaves.get(`${index}/up`)!,
    ...(downBias ? { downBias } : {}),
    ...(upBias ? { upBias } : {}),
    activation,
    scale: typeof scale === 'number' ? scale : leaves.get(`${index}/scale`)!,
  };
}

const inputOf = ({ leaves, specs }: World, index: number): Tensor =>
  leaves.get(specs[index]!.input === 'other' ? 'other' : 'afterNorm')!;

/** A child's contribution as its own definition says. */
export function contribution(world: World, index: number): Tensor {
  const { kind } = world.specs[index]!;
  if (kind === 'zero') return mul(world.leaves.get('residual')!, 0);
  const input = inputOf(world, index);
  const x =
    kind === 'dense'
      ? layerNorm(input, tensor(noise(width, 77), [width]), tensor(noise(width, 78), [width]), 1e-5)
      : input;
  const { down, downBias, activation, up, upBias, scale } = factorsOf(world, index);
  return mul(linear(activate(activation, linear(x, down, downBias)), up, upBias), scale);
}

export function childrenOf(world: World): Child[] {
  return world.specs.map(({ kind = 'lowRank' }, index): Child => {
    if (kind === 'dense') return { name: `c${index}`, delta: () => contribution(world, index) };
    const delta = (): Tensor => {
      throw new Error('delta() was called for a child that has factors or is none');
    };
    if (kind === 'zero') return { name: 'none', zero: true, delta };
    return { name: `c${index}`, delta, lowRank: { ...factorsOf(world, index), input: inputOf(world, index) } };
  });
}

/**
 * AdapterFusion as the textbook has it: every child's contribution, its own key, its own value; dropout on the logits;
 * softmax over the children.
 */
export function textbook(
  world: World,
  options: AttentionOptions,
  attentionDropout: number,
  { childMask, train }: Pick<MixContext, 'childMask' | 'train'>,
): { mixed: Tensor; weights: Tensor } {
  const { leaves, params } = world;
  const residual = leaves.get('residual')!;
  const query = leaves.get(options.query_before_ln ? 'beforeNorm' : 'afterNorm')!;
  const q = options.query ? linear(query, params['query.weight']!, params['query.bias']) : query;
  const us = world.specs.map((_, index) => {
    const u = contribution(world, index);
    return options.residual_before ? add(u, residual) : u;
  });
  const keys = us.map((u) => (options.key ? linear(u, params['key.weight']!, params['key.bias']) : u));
  const value = (u: Tensor): Tensor => (options.value ? linear(u, params['value.weight']!) : u);
  const logits = concat(
    keys.map((key) => sum(mul(q, key), -1, true)),
    2,
  );
  const p = options.dropout_prob ?? attentionDropout;
  const dropped = train && p > 0 ? mul(logits, dropoutMask(logits.shape, p, train, `${scopeName}/logits`)) : logits;
  const temperature = options.temperature && train ? Math.max(1, 50 - 0.05 * train.key.step) : 1;
  const cooled = mul(dropped, 1 / temperature);
  const weights = softmax(childMask ? add(cooled, mul(add(childMask, -1), 1e30)) : cooled);
  const part = (index: number): Tensor => {
    const column = Float32Array.from(us, (_, other) => (other === index ? 1 : 0));
    return linear(weights, tensor(column, [1, us.length]));
  };
  const mix = (values: readonly Tensor[]): Tensor =>
    values.map((v, index) => mul(v, part(index))).reduce((a, b) => add(a, b));
  const mixed = options.value_before_softmax ? mix(us.map(value)) : value(mix(us));
  return { mixed: options.residual_before ? mixed : add(mixed, residual), weights };
}

/** A scalar that depends on every entry of both results. */
export function probe({ mixed, weights }: { mixed: Tensor; weights: Tensor }): Tensor {
  const dot = (x: Tensor, seed: number): Tensor =>
    sum(mul(reshape(x, [x.size]), tensor(noise(x.size, seed), [x.size])));
  return add(dot(mixed, 5), dot(weights, 6));
}

import type { Child, LowRank, Site, Tensor } from '@adapterfusion/contracts';
import { activate, add, linear, mul, parameter, reshape, slice, sum, tensor } from '@adapterfusion/tensor';

export const [batch, time, width] = [2, 3, 6];
export const site: Site = Object.freeze({
  name: '0/output_adapter',
  role: 'sublayer',
  layer: 0,
  location: 'output_adapter',
  inDim: width,
  outDim: width,
});

/** Smooth numbers without a pattern that a permutation of axes would keep. */
const noise = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(1.7 * i + 0.31 * i * seed + 12.9 * seed));

/** A test child. `dense` has no low-rank form, `zero` is the child `none`. */
export interface ChildSpec {
  readonly kind?: 'lowRank' | 'dense' | 'zero';
  readonly bottleneck?: number;
  readonly activation?: string;
  readonly scale?: number | 'channel';
  readonly biases?: boolean;
  /** Reads another input than the others. */
  readonly other?: boolean;
}

/** Every tensor that a fusion reads, as a parameter, so that a test can ask for any gradient. */
export interface World {
  readonly leaves: Map<string, Tensor>;
  readonly specs: readonly ChildSpec[];
}

/** @param weights the shape of the fusion's parameter, `[children, 1]` or `[children, width]` */
export function makeWorld(specs: readonly ChildSpec[], weights: readonly number[]): World {
  const leaves = new Map<string, Tensor>();
  const leaf = (name: string, shape: readonly number[]): void => {
    const size = shape.reduce((a, b) => a * b, 1);
    leaves.set(name, parameter(noise(size, leaves.size + 1), shape));
  };
  for (const name of ['input', 'other', 'residual']) leaf(name, [batch, time, width]);
  leaf('weights', weights);
  specs.forEach(({ kind, bottleneck = 2, scale, biases = true }, at) => {
    if (kind === 'zero') return;
    leaf(`${at}/down`, [bottleneck, width]);
    leaf(`${at}/up`, [width, bottleneck]);
    if (biases) leaf(`${at}/downBias`, [bottleneck]);
    if (biases) leaf(`${at}/upBias`, [width]);
    if (scale === 'channel') leaf(`${at}/scale`, [width]);
  });
  return { leaves, specs };
}

export function factorsOf({ leaves, specs }: World, at: number): LowRank & { readonly input: Tensor } {
  const { activation = 'relu', scale = 1, other = false } = specs[at]!;
  const [downBias, upBias] = [leaves.get(`${at}/downBias`), leaves.get(`${at}/upBias`)];
  return {
    input: leaves.get(other ? 'other' : 'input')!,
    down: leaves.get(`${at}/down`)!,
    up: leaves.get(`${at}/up`)!,
    ...(downBias ? { downBias } : {}),
    ...(upBias ? { upBias } : {}),
    activation,
    scale: scale === 'channel' ? leaves.get(`${at}/scale`)! : scale,
  };
}

function contribution(world: World, at: number): Tensor {
  const { input, down, downBias, activation, up, upBias, scale } = factorsOf(world, at);
  return mul(linear(activate(activation, linear(input, down, downBias)), up, upBias), scale);
}

export function childrenOf(world: World): Child[] {
  return world.specs.map(({ kind = 'lowRank' }, at): Child => {
    if (kind === 'dense') return { name: `c${at}`, index: at, delta: () => contribution(world, at) };
    const delta = (): Tensor => {
      throw new Error('delta() was called for a child that has factors or is none');
    };
    if (kind === 'zero') return { name: 'none', index: at, zero: true, delta };
    return { name: `c${at}`, index: at, delta, lowRank: factorsOf(world, at) };
  });
}

/**
 * The definition: every contribution multiplied by its weight, and added to the residual.
 * @param factors by child, and by row where there are several lists: what multiplies the child's weight
 */
export function definition(world: World, factors: readonly (readonly number[])[]): Tensor {
  const { leaves, specs } = world;
  const rows = factors.length === 1 ? Array.from({ length: batch }, () => factors[0]!) : factors;
  return specs.reduce(
    (total, { kind }, at) => {
      if (kind === 'zero') return total;
      const factor = tensor(
        rows.map((row) => row[at]!),
        [batch, 1, 1],
      );
      const weight = slice(leaves.get('weights')!, 0, at, 1);
      return add(total, mul(mul(contribution(world, at), weight), factor));
    },
    add(leaves.get('residual')!, 0),
  );
}

/** A scalar that depends on every element. */
export const probe = (x: Tensor): Tensor => sum(mul(reshape(x, [x.size]), tensor(noise(x.size, 5), [x.size])));

import { AdapterFusionError, type ParameterRandom, type Params, type Tensor } from '@adapterfusion/contracts';
import { add, linear, mul, reshape, sum, transpose } from '@adapterfusion/tensor';
import type { BottleneckOptions } from './options.js';
import type { BottleneckProjections } from './projections.js';
import { bottleneckSize } from './size.js';

/** Deviation, or bound, of a rule that one site has for itself, as the Python library has it. */
const OWN_RULE = 0.01;

/**
 * Projections that are sums of Kronecker products (Mahabadi et al. 2021, arXiv 2106.04647): `W = Σ_k A_k ⊗ B_k` with the rule
 * A `[n, n, n]` and B `[n, in / n, out / n]`, n the option `phm_dim`; A and B may be products of two, and shared by all sites.
 * @returns undefined where the options ask for matrices
 * @throws OPTIONS_INVALID where a width is no multiple of `phm_dim`, or B is shared by bottlenecks of different widths
 */
export function compacterProjections(
  options: BottleneckOptions,
  hidden: number,
  at: string,
): BottleneckProjections | undefined {
  if (!options.phm_layer) return undefined;
  const { phm_dim: n, phm_rank: rank, factorized_phm_W: factors, factorized_phm_rule: factorRule } = options;
  const { reduction_factor: reduction } = options;
  const sizes = typeof reduction === 'number' ? [reduction] : Object.values(reduction);
  for (const width of [hidden, ...sizes.map((factor) => bottleneckSize(hidden, factor))])
    if (width % n !== 0)
      throw invalid(
        `${at}.phm_dim`,
        `a divisor of the widths, and of ${width} among them`,
        String(n),
        'Choose another reduction_factor or phm_dim.',
      );
  if (options.shared_W_phm && typeof reduction !== 'number')
    throw invalid(
      `${at}.reduction_factor`,
      'one number, since all sites share W',
      JSON.stringify(reduction),
      'Give a number.',
    );

  const rule = (random: ParameterRandom, prefix: string, scale: number): Params => {
    const draw = (shape: readonly number[]): Tensor =>
      options.phm_c_init === 'normal' ? random.normal(shape, scale) : random.uniform(shape, scale);
    if (!factorRule) return { [`${prefix}phm_rule`]: draw([n, n, n]) };
    return { [`${prefix}phm_rule_left`]: draw([n, n, 1]), [`${prefix}phm_rule_right`]: draw([n, 1, n]) };
  };
  // Glorot's normal distribution for each of the n matrices.
  const glorot = (random: ParameterRandom, rows: number, columns: number): Tensor =>
    random.normal([n, rows, columns], Math.sqrt(2 / (rows + columns)));
  const matrix = (random: ParameterRandom, prefix: string, into: number, out: number): Params => {
    const [rows, columns] = [into / n, out / n];
    if (!factors) return { [prefix]: glorot(random, rows, columns) };
    return { [`${prefix}_left`]: glorot(random, rows, rank), [`${prefix}_right`]: glorot(random, rank, columns) };
  };
  const bias = (random: ParameterRandom, which: string, size: number): Params =>
    options.phm_bias ? { [`${which}.b`]: random.constant([size], 0) } : {};
  /** `[n, rows, columns]`: a parameter, or the product of two. */
  const whole = (params: Params, name: string, split: boolean): Tensor => {
    if (!split) return params[name]!;
    const [left, right] = [params[`${name}_left`]!, params[`${name}_right`]!];
    const [, rows, inner] = left.shape as [number, number, number];
    const columns = right.shape[2]!;
    return sum(mul(reshape(left, [n, rows, inner, 1]), reshape(right, [n, 1, inner, columns])), 2);
  };

  return {
    dense: false,

    init(width, size, random) {
      const one = (which: 'down' | 'up', into: number, out: number): Params => ({
        ...(options.shared_phm_rule ? {} : rule(random, `${which}.`, OWN_RULE)),
        ...(options.shared_W_phm ? {} : matrix(random, `${which}.W`, into, out)),
        ...bias(random, which, out),
      });
      return { ...one('down', width, size), ...one('up', size, width) };
    },

    initShared({ scope }, random) {
      if (scope !== 'model') return {};
      const size = bottleneckSize(hidden, sizes[0]!);
      const shared = options.shared_W_phm
        ? { ...matrix(random, 'W_down', hidden, size), ...matrix(random, 'W_up', size, hidden) }
        : {};
      const own = options.phm_c_init === 'normal' ? options.phm_init_range : 1;
      return { ...shared, ...(options.shared_phm_rule ? rule(random, '', own) : {}) };
    },

    project(params, which, x) {
      const a = whole(params, options.shared_phm_rule ? 'phm_rule' : `${which}.phm_rule`, factorRule);
      const b = whole(params, options.shared_W_phm ? `W_${which}` : `${which}.W`, factors);
      const [, rows, columns] = b.shape as [number, number, number];
      // Σ_k a[k, i, j] · b[k, r, c] as one product of matrices, then the axes as i, r, j, c.
      const products = linear(transpose(reshape(a, [n, n * n])), reshape(b, [n, rows * columns]), undefined, {
        transposed: true,
      });
      const weight = reshape(transpose(reshape(products, [n, n, rows, columns]), [0, 2, 1, 3]), [
        n * rows,
        n * columns,
      ]);
      const y = linear(x, weight, undefined, { transposed: true });
      return options.phm_bias ? add(y, params[`${which}.b`]!) : y;
    },
  };
}

function invalid(at: string, expected: string, got: string, fix: string): AdapterFusionError {
  return new AdapterFusionError('OPTIONS_INVALID', { at, expected, got, fix });
}

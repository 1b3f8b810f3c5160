import type { ParameterRandom, Params, Tensor } from '@adapterfusion/contracts';
import { parameterRandom } from '@adapterfusion/tensor';
import type { BottleneckOptions } from './options.js';
import type { BottleneckProjections } from './projections.js';

type Draw = (shape: readonly [number, number]) => Tensor;

/** How each weight matrix starts: {@link BottleneckOptions.init_weights}. The gate of `houlsby` starts as `mam_adapter`'s down-projection. */
function draws(mode: BottleneckOptions['init_weights'], random: ParameterRandom): { down: Draw; up: Draw; gate: Draw } {
  const normal: Draw = (shape) => random.normal(shape, 0.02);
  const cut: Draw = (shape) => random.truncatedNormal(shape, 0.01, 0.02);
  const fanIn: Draw = (shape) => random.uniform(shape, 1 / Math.sqrt(shape[1]));
  if (mode === 'bert') return { down: normal, up: normal, gate: normal };
  if (mode === 'houlsby') return { down: cut, up: cut, gate: fanIn };
  return { down: fanIn, up: (shape) => random.constant(shape, 0), gate: normal };
}

/**
 * New parameters of one bottleneck adapter: `down.weight [size, width]`, `down.bias`, `up.weight [width, size]`, `up.bias`
 * (or what `made` has in their place) and, where the options ask for them, `norm_before.*`, `norm_after.*`, `gate.weight [1, width]`, `gate.bias`, `scaling`.
 * @returns tensors that the caller owns
 */
export function initialParameters(
  options: BottleneckOptions,
  width: number,
  size: number,
  siteRandom: ParameterRandom,
  made?: BottleneckProjections,
): Params {
  const seed = options.init_weights_seed;
  const random = seed === null ? siteRandom : parameterRandom(seed, 'bottleneck');
  const draw = draws(options.init_weights, random);
  const constant = (length: number, value: number): Tensor => random.constant([length], value);
  const norm = (name: string): Params => ({
    [`${name}.weight`]: constant(width, 1),
    [`${name}.bias`]: constant(width, 0),
  });
  const matrices = (): Params => ({
    'down.weight': draw.down([size, width]),
    'down.bias': constant(size, 0),
    'up.weight': draw.up([width, size]),
    'up.bias': constant(width, 0),
  });
  return {
    ...(made?.init(width, size, random) ?? matrices()),
    ...(options.use_gating ? { 'gate.weight': draw.gate([1, width]), 'gate.bias': constant(1, 0) } : {}),
    ...(options.ln_before ? norm('norm_before') : {}),
    ...(options.ln_after ? norm('norm_after') : {}),
    ...(typeof options.scaling === 'number' ? {} : { scaling: constant(options.scaling === 'learned' ? 1 : width, 1) }),
  };
}

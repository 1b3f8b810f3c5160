import type { tf } from './tfjs.js';
import { REDUCTIONS, ROW, runRows, THREADS } from './webgpu-program.js';

/** A program over rows of `x`, standardised. @param write what follows once `mean` and `inverse` are known */
const normed = (write: string): string => `
  ${REDUCTIONS}
  fn main(index : i32) {
    ${ROW}
    let width = f32(uniforms.width);
    var sum = 0.0;
    for (var i = start + at; i < end; i += ${THREADS}) { sum += x[i]; }
    let mean = total(vec2<f32>(sum, 0.0)).x / width;
    var spread = 0.0;
    for (var i = start + at; i < end; i += ${THREADS}) { spread += (x[i] - mean) * (x[i] - mean); }
    let inverse = inverseSqrt(total(vec2<f32>(spread, 0.0)).x / width + uniforms.epsilon);
    ${write}
  }
`;

const VALUE = normed(`
    for (var i = start + at; i < end; i += ${THREADS}) {
      setOutputAtIndex(i, (x[i] - mean) * inverse * gamma[i - start] + beta[i - start]);
    }
`);

const GRADIENT = normed(`
    var sums = vec2<f32>(0.0);
    for (var i = start + at; i < end; i += ${THREADS}) {
      let scaled = dy[i] * gamma[i - start];
      sums += vec2<f32>(scaled, scaled * (x[i] - mean) * inverse);
    }
    let means = total(sums) / width;
    for (var i = start + at; i < end; i += ${THREADS}) {
      let shift = means.x + (x[i] - mean) * inverse * means.y;
      setOutputAtIndex(i, inverse * (dy[i] * gamma[i - start] - shift));
    }
`);

const SCALED = normed(`
    for (var i = start + at; i < end; i += ${THREADS}) {
      setOutputAtIndex(i, dy[i] * (x[i] - mean) * inverse);
    }
`);

const program =
  (name: string, code: string) =>
  (inputs: Readonly<Record<string, tf.Tensor>>, epsilon: number): tf.Tensor => {
    const { shape } = inputs['x']!;
    return runRows({ name, code, inputs, shape, floats: { epsilon } }, shape[shape.length - 1]!);
  };

/** Layer norm of `x`, with `gamma` and `beta`. @internal */
export const norm = program('AfLayerNorm', VALUE);
/** The gradient of `x`, from `dy`, `x` and `gamma`. @internal */
export const normGradient = program('AfLayerNormGradient', GRADIENT);
/** `dy` times `x` standardised, whose sum over the rows is the gradient of `gamma`. @internal */
export const normGammaRows = program('AfLayerNormGamma', SCALED);

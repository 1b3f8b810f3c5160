import type { tf } from './tfjs.js';
import { runElements } from './webgpu-program.js';

/**
 * Φ(x) = (1 + erf z) / 2 with z = x / √2, by the polynomials of assembly/gelu.ts: up to |z| = 1 one in z² for erf z / z,
 * beyond one in t = 1 / (1 + |z| / 2) for erfc |z| / (t exp −z²).
 */
const NORMAL = `
  fn normal(x : f32) -> f32 {
    let z = x * 0.7071067811865476;
    let far = abs(z);
    let square = z * z;
    var near = 7.88910958e-5;
    near = near * square - 8.0208383e-4;
    near = near * square + 5.18953501e-3;
    near = near * square - 2.68544444e-2;
    near = near * square + 0.112836002;
    near = near * square - 0.376126271;
    near = near * square + 1.12837917;
    let t = 1.0 / (1.0 + 0.5 * far);
    var tail = 0.111604079;
    tail = tail * t - 0.43972206;
    tail = tail * t + 0.50871725;
    tail = tail * t - 5.13646991e-2;
    tail = tail * t + 0.31793879;
    tail = tail * t + 0.269874174;
    tail = tail * t + 0.282992828;
    tail = 0.5 * t * tail * exp(-square);
    return select(select(1.0 - tail, tail, z < 0.0), 0.5 + 0.5 * near * z, far < 1.0);
  }
`;

const VALUE = `
  ${NORMAL}
  fn main(index : i32) {
    if (index < uniforms.size) {
      setOutputAtIndex(index, x[index] * normal(x[index]));
    }
  }
`;

const GRADIENT = `
  ${NORMAL}
  fn main(index : i32) {
    if (index < uniforms.size) {
      let at = x[index];
      let density = 0.3989422804014327 * exp(-0.5 * at * at);
      setOutputAtIndex(index, dy[index] * (normal(at) + at * density));
    }
  }
`;

/** `x Φ(x)` @internal */
export const gelu = (x: tf.Tensor): tf.Tensor =>
  runElements({ name: 'AfGelu', code: VALUE, inputs: { x }, shape: x.shape });

/** `dy (Φ(x) + x φ(x))` @internal */
export const geluGradient = (dy: tf.Tensor, x: tf.Tensor): tf.Tensor =>
  runElements({ name: 'AfGeluGradient', code: GRADIENT, inputs: { dy, x }, shape: x.shape });

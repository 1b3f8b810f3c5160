import { spansOf, type DotsAttributes, type ScaleAttributes } from './groups.js';
import { tf } from './tfjs.js';
import { runElements } from './webgpu-program.js';

/** A thread sums a group of a row. */
const DOTS = `
  fn main(index : i32) {
    if (index < uniforms.size) {
      let row = index / uniforms.groups;
      var sum = 0.0;
      for (var at = 0; at < uniforms.count; at += 3) {
        if (spans[at + 2] == index % uniforms.groups) {
          for (var c = spans[at]; c < spans[at + 1]; c += 1) {
            var term = 1.0;
            if (c < uniforms.aw) { term *= a[row * uniforms.aw + c]; }
            if (c < uniforms.bw) { term *= b[row * uniforms.bw + c]; }
            sum += term;
          }
        }
      }
      setOutputAtIndex(index, sum);
    }
  }
`;

const SCALE = `
  fn main(index : i32) {
    if (index < uniforms.size) {
      let row = index / uniforms.width;
      let c = index % uniforms.width;
      let factor = weights[row * uniforms.groups + owners[c]];
      setOutputAtIndex(index, factor * select(1.0, x[row * uniforms.xw + min(c, uniforms.xw - 1)], c < uniforms.xw));
    }
  }
`;

type Named = Readonly<Record<string, tf.Tensor>>;
const lastOf = ({ shape }: tf.Tensor): number => shape[shape.length - 1]!;
const leadOf = ({ shape }: tf.Tensor): number[] => shape.slice(0, -1);

/** @internal */
export function groupDotsOf({ a, b }: Named, { owners, groups }: DotsAttributes): tf.Tensor {
  const spans = tf.tensor1d(spansOf(owners), 'int32');
  return runElements({
    name: 'AfGroupDots',
    code: DOTS,
    inputs: { a: a!, b: b!, spans },
    shape: [...leadOf(a!), groups],
    ints: { groups, count: spans.size, aw: lastOf(a!), bw: lastOf(b!) },
  });
}

/** @internal */
export const groupScaleOf = ({ x, weights }: Named, { owners, width }: ScaleAttributes): tf.Tensor =>
  runElements({
    name: 'AfGroupScale',
    code: SCALE,
    inputs: { x: x!, weights: weights!, owners: tf.tensor1d(Int32Array.from(owners), 'int32') },
    shape: [...leadOf(x!), width],
    ints: { width, groups: lastOf(weights!), xw: lastOf(x!) },
  });

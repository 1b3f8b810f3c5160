import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { replaceKernel } from './define-op.js';
import { dropThreshold, type MaskAttributes } from './dropout.js';
import { keyOf } from './philox.js';
import { tf } from './tfjs.js';

/** Philox4x32-10 and a mask from its words: a thread makes one block, four elements. Same bits as `randomWords`. */
const MASK = `
  fn high(a : u32, b : u32) -> u32 {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let rest = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
    return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (rest >> 16u);
  }
  fn main(index : i32) {
    let start = index * 4;
    if (start < uniforms.size) {
      var c = vec4<u32>(u32(index), 0u, bitcast<u32>(uniforms.counter2), bitcast<u32>(uniforms.counter3));
      var k = vec2<u32>(bitcast<u32>(uniforms.key0), bitcast<u32>(uniforms.key1));
      for (var round = 0; round < 10; round++) {
        c = vec4<u32>(
          high(0xcd9e8d57u, c.z) ^ c.y ^ k.x, 0xcd9e8d57u * c.z,
          high(0xd2511f53u, c.x) ^ c.w ^ k.y, 0xd2511f53u * c.x);
        k = k + vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
      }
      for (var j = 0; j < 4; j++) {
        if (start + j < uniforms.size) {
          setOutputAtIndex(start + j, select(uniforms.scale, 0.0, bitcast<i32>(c[j]) < uniforms.threshold));
        }
      }
    }
  }
`;

const THREADS = 64;

/** Puts WGSL in the place of kernels that are made of JavaScript elsewhere. */
export function registerWebgpuKernels(): void {
  replaceKernel('AfDropoutMask', 'webgpu', ({ attrs, backend }) => {
    const { shape, probability, seed0, seed1 } = attrs as unknown as MaskAttributes;
    const [key0, key1, counter2, counter3] = keyOf([seed0, seed1]);
    const int = (value: number) => ({ type: 'int32', data: [value] });
    return (backend as unknown as WebGPUBackend).runWebGPUProgram(
      {
        outputShape: shape,
        dispatchLayout: { x: shape.map((_, axis) => axis) },
        dispatch: [Math.ceil(tf.util.sizeFromShape(shape) / (4 * THREADS)), 1, 1],
        workgroupSize: [THREADS, 1, 1],
        variableNames: [],
        uniforms: 'key0 : i32, key1 : i32, counter2 : i32, counter3 : i32, threshold : i32, scale : f32,',
        shaderKey: 'AfDropoutMask',
        size: true,
        getUserCode: () => MASK,
      },
      [],
      'float32',
      [
        ...[key0!, key1!, counter2!, counter3!, dropThreshold(probability)].map(int),
        { type: 'float32', data: [1 / (1 - probability)] },
      ],
    );
  });
}

import { dropThreshold, type DropAttributes } from './dropout.js';
import { keyOf } from './philox.js';

/** Philox4x32-10 and a mask from its words. Same bits as `randomWords`: four elements a block. */
export const KEPT = `
  fn high(a : u32, b : u32) -> u32 {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let rest = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
    return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (rest >> 16u);
  }
  fn kept(block : i32) -> vec4<f32> {
    var c = vec4<u32>(u32(block), 0u, bitcast<u32>(uniforms.counter2), bitcast<u32>(uniforms.counter3));
    var k = vec2<u32>(bitcast<u32>(uniforms.key0), bitcast<u32>(uniforms.key1));
    for (var round = 0; round < 10; round++) {
      c = vec4<u32>(
        high(0xcd9e8d57u, c.z) ^ c.y ^ k.x, 0xcd9e8d57u * c.z,
        high(0xd2511f53u, c.x) ^ c.w ^ k.y, 0xd2511f53u * c.x);
      k = k + vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
    }
    let dropped = bitcast<vec4<i32>>(c) < vec4<i32>(uniforms.threshold);
    return select(vec4<f32>(uniforms.gain), vec4<f32>(0.0), dropped);
  }
`;

/** The same where nothing is dropped. */
export const ALL_KEPT = `
  fn kept(block : i32) -> vec4<f32> {
    return vec4<f32>(1.0);
  }
`;

/** What {@link KEPT} reads. */
export function dropUniforms({ probability, seed0, seed1 }: DropAttributes): {
  ints: Record<string, number>;
  floats: Record<string, number>;
} {
  const [key0, key1, counter2, counter3] = [...keyOf([seed0, seed1])] as [number, number, number, number];
  return {
    ints: { key0, key1, counter2, counter3, threshold: dropThreshold(probability) },
    floats: { gain: 1 / (1 - probability) },
  };
}

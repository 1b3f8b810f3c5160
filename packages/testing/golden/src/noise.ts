import type { Values } from '@adapterfusion/model';

/** Small values of a seed, around 1 for parameters that multiply. */
export function noiseFrom(seed: number): (path: string, value: Values) => Values {
  let state = seed;
  return (path, { shape, data }) => {
    const middle = /norm_\w+\.weight|scaling|lora_B$/.test(path) ? 1 : 0;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return middle + (state / 2 ** 32 - 0.5) * 0.4;
    };
    return { shape, data: Float32Array.from({ length: data.length }, next) };
  };
}

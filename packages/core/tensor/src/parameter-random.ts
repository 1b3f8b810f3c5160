import type { ParameterRandom, Tensor } from '@adapterfusion/contracts';
import { tensor } from './create.js';
import { randomWords, seedsOf } from './philox.js';

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, width) => product * width, 1);

/** Sum of eight uniform 16-bit halves, centred and scaled to variance 1: close to normal, within ±4.9. */
function nearNormal(words: Int32Array, index: number): number {
  let sum = 0;
  for (let word = 0; word < 4; word++) {
    const value = words[index * 4 + word]!;
    sum += (value & 0xffff) + (value >>> 16);
  }
  return ((sum + 4) / 65536 - 4) / Math.sqrt(8 / 12);
}

/**
 * Initial values as a function of (seed, path, how many draws came before), the same bits on every backend. Normal
 * values are sums of eight uniform ones.
 */
export function parameterRandom(seed: number, path: string): ParameterRandom {
  let draws = 0;
  const words = (count: number): Int32Array =>
    randomWords(seedsOf({ seed, step: 0, microBatch: 0 }, `init/${path}/${draws++}`), count);
  const make = (shape: readonly number[], value: (index: number) => number): Tensor =>
    tensor(
      Float32Array.from({ length: sizeOf(shape) }, (_, index) => value(index)),
      shape,
    );
  return {
    normal(shape, std) {
      const source = words(4 * sizeOf(shape));
      return make(shape, (index) => std * nearNormal(source, index));
    },
    uniform(shape, bound) {
      const source = words(sizeOf(shape));
      return make(shape, (index) => bound * (((source[index]! >>> 0) + 0.5) / 2 ** 31 - 1));
    },
    truncatedNormal(shape, std, limit) {
      const size = sizeOf(shape);
      let source = words(8 * size);
      let next = 0;
      return make(shape, () => {
        for (;;) {
          if (next * 4 + 4 > source.length) [source, next] = [words(8 * size), 0];
          const value = std * nearNormal(source, next++);
          if (Math.abs(value) <= limit) return value;
        }
      });
    },
    constant: (shape, value) => make(shape, () => value),
    diagonal: (size, diagonal, elsewhere) =>
      make([size, size], (index) => (index % (size + 1) === 0 ? diagonal : elsewhere)),
  };
}

import type { RandomKey } from '@adapterfusion/contracts';

/** Two 32-bit seeds, what every random draw is made from. */
export type Seeds = readonly [number, number];

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** The high 32 bits of a 32 × 32 bit product. */
function high(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const low = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(low / 65536)) >>> 0;
}

/**
 * Ten rounds of Philox4x32 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") on one counter.
 * Writes four words to `out` at `at`.
 */
export function block(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  key0: number,
  key1: number,
  out: Int32Array,
  at: number,
): void {
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < 10; round++) {
    const h0 = high(M0, c0);
    const l0 = Math.imul(M0, c0);
    const h1 = high(M1, c2);
    const l1 = Math.imul(M1, c2);
    c0 = (h1 ^ c1 ^ k0) >>> 0;
    c1 = l1;
    c2 = (h0 ^ c3 ^ k1) >>> 0;
    c3 = l0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
}

/** Key (2 words) and upper half of the counter (2 words) for two seeds: they pass once through Philox. */
export function keyOf([seed0, seed1]: Seeds): Int32Array {
  const mixed = new Int32Array(4);
  block(seed0 >>> 0, seed0 >> 31, seed1 >>> 0, seed1 >> 31, 0x3ec8f720, 0x02461e29, mixed, 0);
  return mixed;
}

/**
 * `count` random 32-bit words as TensorFlow's `StatelessRandomUniformFullInt` draws them from the same two seeds: the
 * seeds pass once through Philox to give key and counter, then block `i` gives words `4i … 4i + 3`.
 */
export function randomWords(seeds: Seeds, count: number): Int32Array {
  const mixed = keyOf(seeds);
  const words = new Int32Array(Math.ceil(count / 4) * 4);
  for (let index = 0; index * 4 < count; index++)
    block(index >>> 0, 0, mixed[2]!, mixed[3]!, mixed[0]!, mixed[1]!, words, index * 4);
  return words.length === count ? words : words.subarray(0, count);
}

/** One step of a 32-bit hash: mixes `value` into `state` (the finaliser of MurmurHash3). */
function mix(state: number, value: number): number {
  let h = state ^ Math.imul(value, 0xcc9e2d51);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) + 0x9e3779b9;
}

/** Seeds for a place in a model at a moment of training: a function of (seed, step, micro-batch, path) alone. */
export function seedsOf({ seed, step, microBatch }: RandomKey, path: string): Seeds {
  let place = mix(0x41646170, path.length);
  for (let index = 0; index < path.length; index++) place = mix(place, path.charCodeAt(index));
  return [mix(mix(mix(0x46757369, seed), step), microBatch) | 0, mix(place, seed) | 0];
}

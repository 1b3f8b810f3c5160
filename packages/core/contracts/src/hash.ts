/**
 * MurmurHash3 (x86, 32 bit, seed 0) of a list of 32-bit words. A counter goes in, well-mixed bits come out, so that a
 * random order is a function of its arguments and nothing has to be remembered.
 * @returns an unsigned 32-bit integer
 */
export function hash32(...words: readonly number[]): number {
  let hash = 0;
  for (const word of words) {
    const mixed = Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    hash = (Math.imul(rotate(hash ^ mixed, 13), 5) + 0xe6546b64) | 0;
  }
  hash ^= words.length * 4;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

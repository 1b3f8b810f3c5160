/** Values as bfloat16: the upper half of float32, with its range and 8 bits of precision. */
export class BFloat16 {
  /** One value each. */
  readonly bits: Uint16Array;

  /**
   * Rounds to the nearest, ties to even.
   * @throws TypeError for a value that is not finite, or that rounds beyond the largest one, about ±3.39e38
   */
  constructor(values: Float32Array) {
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
    this.bits = Uint16Array.from(words, (word, index) => {
      // The half above what is cut off, less one where the last bit that stays is 0: a tie then stays below.
      const bits = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
      if ((word & 0x7f800000) === 0x7f800000 || (bits & 0x7f80) === 0x7f80)
        throw new TypeError(`${values[index]} does not fit bfloat16`);
      return bits;
    });
  }

  get length(): number {
    return this.bits.length;
  }

  get byteLength(): number {
    return this.bits.byteLength;
  }
}

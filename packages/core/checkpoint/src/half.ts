/** Values at half precision (IEEE 754 binary16). */
export class Half {
  /** One value each. */
  readonly bits: Uint16Array;

  /**
   * Rounds to the nearest half, ties to even.
   * @throws TypeError for a value beyond ±65504
   */
  constructor(values: Float32Array) {
    this.bits = Uint16Array.from(values, halfBits);
  }

  get length(): number {
    return this.bits.length;
  }

  get byteLength(): number {
    return this.bits.byteLength;
  }
}

function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (!(size < 65520)) throw new TypeError(`${value} does not fit half precision`);
  // The distance between neighbouring halves where the value lies; 2^-24 among the smallest.
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const steps = roundToEven(size / 2 ** (exponent - 10));
  // A carry out of the fraction runs into the exponent, as it should.
  return sign + steps + (exponent + 14) * 1024;
}

function roundToEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}

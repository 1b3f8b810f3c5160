/** A matrix as bytes with a factor for each row: a value is its byte times the factor of its row. */
export interface Int8Rows {
  /** From -127 to 127, row-major. */
  readonly values: Int8Array;
  /** One a row: its largest absolute value by 127. */
  readonly scales: Float32Array;
}

/**
 * Rounds every value to the nearest multiple of its row's factor; the largest of a row is exact but for float32's rounding.
 * @param data row-major
 * @param rows how many rows it has
 * @throws TypeError for a value that is not finite
 */
export function toInt8Rows(data: Float32Array, rows: number): Int8Rows {
  const width = data.length / rows;
  const values = new Int8Array(data.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const size = Math.abs(data[i]!);
      if (!(size < Infinity)) throw new TypeError(`${data[i]} does not fit int8 with a factor`);
      if (size > largest) largest = size;
    }
    scales[row] = largest / 127;
    const scale = scales[row]!;
    // A row so small that its factor is 0 is 0.
    if (scale === 0) continue;
    for (let i = row * width; i < (row + 1) * width; i++)
      values[i] = Math.max(-127, Math.min(127, Math.round(data[i]! / scale)));
  }
  return { values, scales };
}

/** The values of {@link Int8Rows}, each product rounded to float32 once: the same numbers everywhere. */
export function fromInt8Rows({ values, scales }: Int8Rows): Float32Array {
  const width = values.length / scales.length;
  return Float32Array.from(values, (value, index) => value * scales[Math.floor(index / width)]!);
}

import { isSparse, type Features, type SparseRows } from './sparse-rows.js';

/** Rows as a linear model uses them. Its weights are `[outputs, width]`, one block of `width` after another. */
export interface LinearRows {
  readonly rows: number;
  readonly width: number;
  /** Writes the product of a row with each of the first blocks of weights. @param scores `[outputs]` */
  scores(row: number, weights: Float64Array, outputs: number, scores: Float64Array): void;
  /** Adds the row to each of the first blocks of weights. @param factors `[outputs]`, by which the row is multiplied */
  add(row: number, factors: Float64Array, outputs: number, weights: Float64Array): void;
  /** A copy with each feature multiplied. @param factors `[width]` */
  scaled(factors: Float64Array): LinearRows;
}

/**
 * Dense rows.
 * @param values `[rows, width]`, row-major; kept, not copied
 * @param lengths of each row, after which all its values are 0; by default `width`
 */
export function denseRows(values: Float64Array, width: number, lengths?: Uint32Array): LinearRows {
  return {
    rows: lengths?.length ?? values.length / width,
    width,
    // Two blocks at a time and two sums for each: a value is loaded once for both, and no addition waits for the one before.
    scores(row, weights, outputs, scores) {
      const from = row * width;
      const last = from + (lengths === undefined ? width : lengths[row]!);
      let output = 0;
      for (; output + 1 < outputs; output += 2) {
        let p = output * width;
        let q = p + width;
        let a = 0;
        let b = 0;
        let c = 0;
        let d = 0;
        let at = from;
        for (; at + 1 < last; at += 2, p += 2, q += 2) {
          const x = values[at]!;
          const y = values[at + 1]!;
          a += x * weights[p]!;
          b += y * weights[p + 1]!;
          c += x * weights[q]!;
          d += y * weights[q + 1]!;
        }
        if (at < last) {
          a += values[at]! * weights[p]!;
          c += values[at]! * weights[q]!;
        }
        scores[output] = a + b;
        scores[output + 1] = c + d;
      }
      if (output < outputs) {
        let p = output * width;
        let a = 0;
        let b = 0;
        let at = from;
        for (; at + 1 < last; at += 2, p += 2) {
          a += values[at]! * weights[p]!;
          b += values[at + 1]! * weights[p + 1]!;
        }
        if (at < last) a += values[at]! * weights[p]!;
        scores[output] = a + b;
      }
    },
    add(row, factors, outputs, weights) {
      const from = row * width;
      const last = from + (lengths === undefined ? width : lengths[row]!);
      let output = 0;
      for (; output + 1 < outputs; output += 2) {
        const e = factors[output]!;
        const f = factors[output + 1]!;
        let p = output * width;
        for (let at = from; at < last; at++, p++) {
          const x = values[at]!;
          weights[p]! += e * x;
          weights[p + width]! += f * x;
        }
      }
      if (output < outputs) {
        const e = factors[output]!;
        for (let at = from, p = output * width; at < last; at++, p++) weights[p]! += e * values[at]!;
      }
    },
    scaled: (factors) =>
      denseRows(
        values.map((value, at) => value * factors[at % width]!),
        width,
        lengths,
      ),
  };
}

/** Sparse rows. @param given kept, not copied */
function sparseRows(given: SparseRows): LinearRows {
  const { width, offsets, indices, values } = given;
  return {
    rows: offsets.length - 1,
    width,
    scores(row, weights, outputs, scores) {
      const last = offsets[row + 1]!;
      for (let output = 0; output < outputs; output++) {
        let sum = 0;
        for (let at = offsets[row]!; at < last; at++) sum += values[at]! * weights[output * width + indices[at]!]!;
        scores[output] = sum;
      }
    },
    add(row, factors, outputs, weights) {
      const last = offsets[row + 1]!;
      for (let output = 0; output < outputs; output++)
        for (let at = offsets[row]!; at < last; at++)
          weights[output * width + indices[at]!]! += factors[output]! * values[at]!;
    },
    scaled: (factors) => sparseRows({ ...given, values: values.map((value, at) => value * factors[indices[at]!]!) }),
  };
}

/** Dense or sparse rows. @param width of dense rows */
export function linearRows(features: Exclude<Features, Float32Array>, width: number): LinearRows {
  return isSparse(features) ? sparseRows(features) : denseRows(features, width);
}

/** A row written out, `[width]`. */
export function rowOf(features: LinearRows, row: number): Float64Array {
  const values = new Float64Array(features.width);
  features.add(row, Float64Array.of(1), 1, values);
  return values;
}

/** The mean of all rows, `[width]`. */
export function meanRow(features: LinearRows): Float64Array {
  const mean = new Float64Array(features.width);
  for (let row = 0; row < features.rows; row++) features.add(row, Float64Array.of(1 / features.rows), 1, mean);
  return mean;
}

import { toFloat32, type Safetensors, type TensorToWrite } from '@adapterfusion/checkpoint';
import type { Rows } from './rows.js';

/** Steps of a byte in a standard deviation, and in the length of a pooled vector: errors far below the student's. */
const STATE_STEPS = 32;
const POOLED_STEPS = 512;

/** How states are projected: see `Principal`. */
export interface Projection {
  readonly mean: Float32Array;
  readonly directions: Float32Array;
  readonly deviations: Float32Array;
  readonly share: number;
}

/** What the teacher says of every row. */
export class Targets {
  readonly projection: Projection;
  /** Width of the projected states. */
  readonly width: number;
  /** `[tokens, width]`, in 1 / STATE_STEPS of a standard deviation. */
  readonly #states: Int8Array;
  /** `[rows, hidden]`: the mean state's direction, in 1 / POOLED_STEPS. */
  readonly #pooled: Int8Array;

  constructor(
    readonly rows: Rows,
    stored: Safetensors,
    readonly hidden: number,
    /** Fingerprint of the teacher. */
    readonly teacher: string,
  ) {
    const of = (name: string) => toFloat32(stored.tensors.get(name)!);
    const [share] = of('share');
    this.projection = { mean: of('mean'), directions: of('directions'), deviations: of('deviations'), share: share! };
    this.width = this.projection.deviations.length;
    this.#states = new Int8Array(rows.ids.length * this.width);
    this.#pooled = new Int8Array(rows.firsts.length * hidden);
  }

  /**
   * Takes down a batch.
   * @param projected `[rows, time, width]`, along the directions  @param pooled `[rows, hidden]`, sums over the tokens
   */
  put(indices: readonly number[], time: number, projected: Float32Array, pooled: Float32Array): void {
    const { width, hidden, rows, projection } = this;
    const scales = projection.deviations.map((deviation) => STATE_STEPS / Math.max(deviation, 1e-6));
    for (const [row, index] of indices.entries()) {
      const [start, end] = [rows.starts[index]!, rows.starts[index + 1]!];
      for (let at = 0; at < (end - start) * width; at++)
        this.#states[start * width + at] = byte(projected[row * time * width + at]! * scales[at % width]!);
      const sums = pooled.subarray(row * hidden, (row + 1) * hidden);
      const length = Math.sqrt(sums.reduce((total, value) => total + value * value, 0));
      for (let at = 0; at < hidden; at++) this.#pooled[index * hidden + at] = byte((POOLED_STEPS * sums[at]!) / length);
    }
  }

  /** The rows `first` to `last − 1` for a file. */
  part(first: number, last: number): TensorToWrite[] {
    const { width, hidden, rows } = this;
    const states = this.#states.subarray(rows.starts[first]! * width, rows.starts[last]! * width);
    const pooled = this.#pooled.subarray(first * hidden, last * hidden);
    return [
      { name: 'states', shape: [states.length / width, width], data: states },
      { name: 'pooled', shape: [last - first, hidden], data: pooled },
    ];
  }

  /** Takes over rows from `first` on that {@link part} gave before. */
  take(stored: Safetensors, first: number): void {
    const signed = (name: string) => {
      const { buffer, byteOffset, byteLength } = stored.tensors.get(name)!.bytes;
      return new Int8Array(buffer, byteOffset, byteLength);
    };
    this.#states.set(signed('states'), this.rows.starts[first]! * this.width);
    this.#pooled.set(signed('pooled'), first * this.hidden);
  }

  /** States of a batch, `[rows, time, width]` in standard deviations, 0 for padding. */
  states(indices: readonly number[], time: number): Float32Array {
    const { width, rows } = this;
    const out = new Float32Array(indices.length * time * width);
    for (const [row, index] of indices.entries()) {
      const from = this.#states.subarray(rows.starts[index]! * width, rows.starts[index + 1]! * width);
      for (let at = 0; at < from.length; at++) out[row * time * width + at] = from[at]! / STATE_STEPS;
    }
    return out;
  }

  /** Directions of the rows' mean states, `[rows, hidden]`, of length near 1. */
  pooled(indices: readonly number[]): Float32Array {
    const out = new Float32Array(indices.length * this.hidden);
    for (const [row, index] of indices.entries())
      for (let at = 0; at < this.hidden; at++)
        out[row * this.hidden + at] = this.#pooled[index * this.hidden + at]! / POOLED_STEPS;
    return out;
  }
}

const byte = (value: number): number => Math.max(-127, Math.min(127, Math.round(value)));

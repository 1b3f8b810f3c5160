/* Plain mathematics in double precision on flat arrays: what the operations are compared with. */

/** Numbers between −1 and 1 that are exact in float32, a function of the seed. */
export function noise(count: number, seed: number): number[] {
  let state = (seed * 2654435761) >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround((state / 2 ** 32) * 2 - 1);
  });
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, width) => product * width, 1);
export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, value, index) => total + value * b[index]!, 0);

/** erf by its series; for |x| below 4. */
function erf(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const geluNew = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

export const activations: Readonly<Record<string, (x: number) => number>> = {
  relu: (x) => Math.max(0, x),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  gelu_new: geluNew,
  gelu_pytorch_tanh: geluNew,
  quick_gelu: (x) => x * sigmoid(1.702 * x),
  silu: (x) => x * sigmoid(x),
  swish: (x) => x * sigmoid(x),
  tanh: Math.tanh,
  sigmoid,
  leakyrelu: (x) => (x > 0 ? x : 0.01 * x),
  relu6: (x) => Math.min(6, Math.max(0, x)),
  linear: (x) => x,
};

/** `x [rows, width] · weight + bias`, the weight as `[out, width]` or, transposed, as `[width, out]`. */
export function product(x: number[], weight: number[], width: number, bias?: number[], transposed = false): number[] {
  const out = weight.length / width;
  return Array.from({ length: (x.length / width) * out }, (_, index) => {
    const [row, column] = [Math.floor(index / out), index % out];
    let total = bias?.[column] ?? 0;
    for (let j = 0; j < width; j++)
      total += x[row * width + j]! * weight[transposed ? j * out + column : column * width + j]!;
    return total;
  });
}

export function norm(x: number[], gamma: number[], beta: number[], epsilon: number): number[] {
  const width = gamma.length;
  return x.map((value, index) => {
    const start = Math.floor(index / width) * width;
    const row = x.slice(start, start + width);
    const mean = row.reduce((total, each) => total + each, 0) / width;
    const variance = row.reduce((total, each) => total + (each - mean) ** 2, 0) / width;
    return ((value - mean) / Math.sqrt(variance + epsilon)) * gamma[index % width]! + beta[index % width]!;
  });
}

/** Softmax over rows of the given width. */
export function softmax(x: number[], width: number): number[] {
  return x.map((value, index) => {
    const start = Math.floor(index / width) * width;
    const row = x.slice(start, start + width);
    const most = Math.max(...row);
    return Math.exp(value - most) / row.reduce((total, each) => total + Math.exp(each - most), 0);
  });
}

export interface AttentionShape {
  readonly batch: number;
  /** As many as keys where nothing is said. */
  readonly queries?: number;
  readonly time: number;
  readonly heads: number;
  readonly depth: number;
}

/**
 * Attention of `[batch, queries, heads · depth]` and twice `[batch, time, heads · depth]`; `mask [batch, time]`,
 * `drop [batch, heads, queries, time]` on the weights.
 */
export function attention(
  [q, k, v]: readonly [number[], number[], number[]],
  mask: readonly number[],
  { batch, time, queries = time, heads, depth }: AttentionShape,
  drop?: ArrayLike<number>,
): number[] {
  const out = new Array<number>(q.length).fill(0);
  const place = (times: number, b: number, t: number, h: number, d: number): number =>
    ((b * times + t) * heads + h) * depth + d;
  const steps = [...Array(depth).keys()];
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < queries; t++) {
        const seen = [...Array(time).keys()].filter((s) => mask[b * time + s] === 1);
        const score = (s: number): number =>
          steps.reduce((sum, d) => sum + q[place(queries, b, t, h, d)]! * k[place(time, b, s, h, d)]!, 0);
        const scores = seen.map((s) => score(s) / Math.sqrt(depth));
        softmax(scores, seen.length).forEach((weight, index) => {
          const s = seen[index]!;
          const used = weight * (drop?.[((b * heads + h) * queries + t) * time + s] ?? 1);
          for (const d of steps) out[place(queries, b, t, h, d)]! += used * v[place(time, b, s, h, d)]!;
        });
      }
  return out;
}

/** What a row of columns has, or 1 beyond it. */
const columnOf = (x: number[], width: number, row: number, column: number): number =>
  column < width ? x[row * width + column]! : 1;

/** Sums of products by groups of columns. @param widths of `a` and `b` */
export function groupDots(
  [a, b]: readonly [number[], number[]],
  [aw, bw]: readonly [number, number],
  owners: readonly number[],
  groups: number,
): number[] {
  const y = new Array<number>((a.length / aw) * groups).fill(0);
  for (let row = 0; row < a.length / aw; row++)
    owners.forEach((owner, c) => (y[row * groups + owner]! += columnOf(a, aw, row, c) * columnOf(b, bw, row, c)));
  return y;
}

/** Columns times the weights of their groups. */
export function groupScale(
  [x, weights]: readonly [number[], number[]],
  [xw, groups]: readonly [number, number],
  owners: readonly number[],
): number[] {
  return Array.from({ length: x.length / xw }, (_, row) =>
    owners.map((owner, c) => columnOf(x, xw, row, c) * weights[row * groups + owner]!),
  ).flat();
}

import { load4, store4, sum4 } from './vectors';

/**
 * `y_g = Σ a_c b_c` over the columns of group g, rows of `aw`, `bw` and `groups` numbers; what `a` or `b` lacks counts as 1.
 * `spans`: stretches of columns of one group, as begin, end, group (i32).
 */
export function groupDots(
  a: usize,
  aw: i32,
  b: usize,
  bw: i32,
  y: usize,
  rows: i32,
  groups: i32,
  spans: usize,
  count: i32,
): void {
  for (let r = 0; r < rows; r++) {
    for (let g = 0; g < groups; g++) store<f32>(y + g * 4, 0);
    for (let s = 0; s < count; s++) {
      const begin = load<i32>(spans + s * 12);
      const end = load<i32>(spans + s * 12, 4);
      const to = y + load<i32>(spans + s * 12, 8) * 4;
      const both = min(end, min(aw, bw));
      let sums = f32x4.splat(0);
      let c = begin;
      for (; c < both; c += 4)
        sums = f32x4.add(sums, f32x4.mul(load4(a + c * 4, both - c), load4(b + c * 4, both - c)));
      let sum = sum4(sums);
      for (c = max(begin, both); c < end; c++)
        sum += (c < aw ? load<f32>(a + c * 4) : 1) * (c < bw ? load<f32>(b + c * 4) : 1);
      store<f32>(to, load<f32>(to) + sum);
    }
    a += aw * 4;
    b += bw * 4;
    y += groups * 4;
  }
}

/** `y_c = x_c w_g` with g the group of column c, rows of `xw`, `groups` and `width` numbers; what `x` lacks counts as 1. */
export function groupScale(
  x: usize,
  xw: i32,
  weights: usize,
  groups: i32,
  y: usize,
  width: i32,
  rows: i32,
  spans: usize,
  count: i32,
): void {
  for (let r = 0; r < rows; r++) {
    for (let s = 0; s < count; s++) {
      const begin = load<i32>(spans + s * 12);
      const end = min(load<i32>(spans + s * 12, 4), width);
      const weight = load<f32>(weights + load<i32>(spans + s * 12, 8) * 4);
      const by = f32x4.splat(weight);
      const there = min(end, xw);
      for (let c = begin; c < there; c += 4) store4(y + c * 4, f32x4.mul(load4(x + c * 4, there - c), by), there - c);
      for (let c = max(begin, there); c < end; c++) store<f32>(y + c * 4, weight);
    }
    x += xw * 4;
    weights += groups * 4;
    y += width * 4;
  }
}

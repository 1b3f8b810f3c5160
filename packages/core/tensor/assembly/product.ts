import { store4 } from './vectors';

/** Packs columns of `b` in panels of eight, each `[inner, 8]`, the last filled with zeros. Strides in bytes. */
function pack(b: usize, brs: i32, bcs: i32, inner: i32, columns: i32, to: usize): void {
  for (let j = 0; j < columns; j += 8) {
    const left = columns - j;
    for (let k = 0; k < inner; k++) {
      const from = b + k * brs + j * bcs;
      if (left >= 8 && bcs == 4) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        for (let l = 0; l < 8; l++) store<f32>(to + l * 4, l < left ? load<f32>(from + l * bcs) : 0);
      }
      to += 32;
    }
  }
}

/**
 * `c = alpha · a · b` for `a [rows, inner]` and `b [inner, columns]` of any strides (bytes), the rows of `c` contiguous.
 * `room` holds the packed `b`: `inner · columns rounded up to 8`.
 */
export function product(
  a: usize,
  ars: i32,
  acs: i32,
  b: usize,
  brs: i32,
  bcs: i32,
  c: usize,
  crs: i32,
  rows: i32,
  columns: i32,
  inner: i32,
  alpha: f32,
  room: usize,
): void {
  pack(b, brs, bcs, inner, columns, room);
  const by = f32x4.splat(alpha);
  for (let j = 0; j < columns; j += 8) {
    const left = columns - j;
    const panel = room + j * inner * 4;
    let i = 0;
    for (; i + 4 <= rows; i += 4) {
      let a0 = a + i * ars;
      let a1 = a0 + ars;
      let a2 = a1 + ars;
      let a3 = a2 + ars;
      let at = panel;
      let c00 = f32x4.splat(0);
      let c01 = c00;
      let c10 = c00;
      let c11 = c00;
      let c20 = c00;
      let c21 = c00;
      let c30 = c00;
      let c31 = c00;
      for (let k = 0; k < inner; k++) {
        const b0 = v128.load(at);
        const b1 = v128.load(at, 16);
        let x = v128.load32_splat(a0);
        c00 = f32x4.add(c00, f32x4.mul(x, b0));
        c01 = f32x4.add(c01, f32x4.mul(x, b1));
        x = v128.load32_splat(a1);
        c10 = f32x4.add(c10, f32x4.mul(x, b0));
        c11 = f32x4.add(c11, f32x4.mul(x, b1));
        x = v128.load32_splat(a2);
        c20 = f32x4.add(c20, f32x4.mul(x, b0));
        c21 = f32x4.add(c21, f32x4.mul(x, b1));
        x = v128.load32_splat(a3);
        c30 = f32x4.add(c30, f32x4.mul(x, b0));
        c31 = f32x4.add(c31, f32x4.mul(x, b1));
        at += 32;
        a0 += acs;
        a1 += acs;
        a2 += acs;
        a3 += acs;
      }
      const to = c + i * crs + j * 4;
      row(to, f32x4.mul(c00, by), f32x4.mul(c01, by), left);
      row(to + crs, f32x4.mul(c10, by), f32x4.mul(c11, by), left);
      row(to + 2 * crs, f32x4.mul(c20, by), f32x4.mul(c21, by), left);
      row(to + 3 * crs, f32x4.mul(c30, by), f32x4.mul(c31, by), left);
    }
    for (; i < rows; i++) {
      let a0 = a + i * ars;
      let at = panel;
      let c00 = f32x4.splat(0);
      let c01 = c00;
      for (let k = 0; k < inner; k++) {
        const x = v128.load32_splat(a0);
        c00 = f32x4.add(c00, f32x4.mul(x, v128.load(at)));
        c01 = f32x4.add(c01, f32x4.mul(x, v128.load(at, 16)));
        at += 32;
        a0 += acs;
      }
      row(c + i * crs + j * 4, f32x4.mul(c00, by), f32x4.mul(c01, by), left);
    }
  }
}

function row(to: usize, x0: v128, x1: v128, left: i32): void {
  store4(to, x0, left);
  if (left > 4) store4(to + 16, x1, left - 4);
}

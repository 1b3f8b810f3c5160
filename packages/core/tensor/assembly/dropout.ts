import { store4 } from './vectors';

/** The high halves of four 32 by 32 bit products. */
function high(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b), 1, 3, 5, 7);
}

/**
 * A dropout mask: `scale` where Philox4x32-10 (Salmon et al. 2011) draws a word, as a signed number, of at least
 * `threshold`, else 0. Four blocks at once.
 */
export function dropoutMask(
  out: usize,
  size: i32,
  key0: i32,
  key1: i32,
  counter2: i32,
  counter3: i32,
  threshold: i32,
  scale: f32,
): void {
  const m0 = i32x4.splat(0xd2511f53);
  const m1 = i32x4.splat(0xcd9e8d57);
  const least = i32x4.splat(threshold);
  const value = f32x4.splat(scale);
  for (let at = 0; at < size; at += 16) {
    let c0 = i32x4.add(i32x4.splat(at >> 2), i32x4(0, 1, 2, 3));
    let c1 = i32x4.splat(0);
    let c2 = i32x4.splat(counter2);
    let c3 = i32x4.splat(counter3);
    let k0 = key0;
    let k1 = key1;
    for (let round = 0; round < 10; round++) {
      const h0 = high(m0, c0);
      const l0 = i32x4.mul(m0, c0);
      const h1 = high(m1, c2);
      const l1 = i32x4.mul(m1, c2);
      c0 = v128.xor(v128.xor(h1, c1), i32x4.splat(k0));
      c1 = l1;
      c2 = v128.xor(v128.xor(h0, c3), i32x4.splat(k1));
      c3 = l0;
      k0 += 0x9e3779b9;
      k1 += 0xbb67ae85;
    }
    const t0 = v128.shuffle<u32>(c0, c1, 0, 4, 1, 5);
    const t1 = v128.shuffle<u32>(c2, c3, 0, 4, 1, 5);
    const t2 = v128.shuffle<u32>(c0, c1, 2, 6, 3, 7);
    const t3 = v128.shuffle<u32>(c2, c3, 2, 6, 3, 7);
    const left = size - at;
    const to = out + at * 4;
    kept(to, v128.shuffle<u32>(t0, t1, 0, 1, 4, 5), least, value, left);
    kept(to + 16, v128.shuffle<u32>(t0, t1, 2, 3, 6, 7), least, value, left - 4);
    kept(to + 32, v128.shuffle<u32>(t2, t3, 0, 1, 4, 5), least, value, left - 8);
    kept(to + 48, v128.shuffle<u32>(t2, t3, 2, 3, 6, 7), least, value, left - 12);
  }
}

function kept(to: usize, words: v128, least: v128, value: v128, left: i32): void {
  if (left > 0) store4(to, v128.and(value, i32x4.ge_s(words, least)), left);
}

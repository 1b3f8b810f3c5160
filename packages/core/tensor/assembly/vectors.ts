/** exp of four numbers: reduced to ±ln 2 / 2, then the series to its seventh power. Below −87 it is that of −87. */
export function exp4(given: v128): v128 {
  const x = f32x4.max(given, f32x4.splat(-87.0));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
  // ln 2 in two parts, so that the product with the first is exact.
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.1219444e-4)));
  let p = f32x4.splat(1.0 / 5040.0);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 720.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 120.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 24.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 6.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

export function sum4(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/** Four numbers at `at`, or the `left` that remain and zeros. */
export function load4(at: usize, left: i32): v128 {
  if (left >= 4) return v128.load(at);
  let x = f32x4.splat(0);
  x = f32x4.replace_lane(x, 0, load<f32>(at));
  if (left > 1) x = f32x4.replace_lane(x, 1, load<f32>(at, 4));
  if (left > 2) x = f32x4.replace_lane(x, 2, load<f32>(at, 8));
  return x;
}

/** Writes four numbers to `at`, or as many as remain. */
export function store4(at: usize, x: v128, left: i32): void {
  if (left >= 4) return v128.store(at, x);
  store<f32>(at, f32x4.extract_lane(x, 0));
  if (left > 1) store<f32>(at, f32x4.extract_lane(x, 1), 4);
  if (left > 2) store<f32>(at, f32x4.extract_lane(x, 2), 8);
}

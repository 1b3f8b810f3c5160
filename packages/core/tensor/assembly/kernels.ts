/*
 * Kernels for the memory of TensorFlow.js's wasm backend, in AssemblyScript. Arguments are byte offsets into that memory;
 * rows are float32, one after another. The module keeps nothing: no data, no globals, no allocation.
 */

/** exp of four numbers: reduced to ±ln 2 / 2, then the series to its seventh power. Below −87 it is that of −87. */
function exp4(given: v128): v128 {
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

function sum4(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/** Four numbers at `at`, or the `left` that remain and zeros. */
function load4(at: usize, left: i32): v128 {
  if (left >= 4) return v128.load(at);
  let x = f32x4.splat(0);
  x = f32x4.replace_lane(x, 0, load<f32>(at));
  if (left > 1) x = f32x4.replace_lane(x, 1, load<f32>(at, 4));
  if (left > 2) x = f32x4.replace_lane(x, 2, load<f32>(at, 8));
  return x;
}

/** Writes four numbers to `at`, or as many as remain. */
function store4(at: usize, x: v128, left: i32): void {
  if (left >= 4) return v128.store(at, x);
  store<f32>(at, f32x4.extract_lane(x, 0));
  if (left > 1) store<f32>(at, f32x4.extract_lane(x, 1), 4);
  if (left > 2) store<f32>(at, f32x4.extract_lane(x, 2), 8);
}

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
function product(
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

/** Bytes of a row of `time` scores, rounded up to whole vectors. */
function scoreRow(time: i32): i32 {
  return ((time + 3) & ~3) * 4;
}

/** Bytes that {@link attention} and its gradient need as `room`. */
export function attentionRoom(time: i32, depth: i32): i32 {
  const most = max((time + 7) & ~7, (depth + 7) & ~7) * max(time, depth) * 4;
  return 2 * time * scoreRow(time) + scoreRow(time) + most;
}

/**
 * Attention over all heads: `weights = softmax(q kᵀ / √depth + (1 − mask) · far)`, `y = (weights · drop) v`.
 * `q`, `k`, `v`, `y` `[batch, time, heads · depth]`, `mask [batch, time]`, `weights` and `drop [batch, heads, time, time]`;
 * `drop` 0 for none.
 */
export function attention(
  q: usize,
  k: usize,
  v: usize,
  mask: usize,
  drop: usize,
  y: usize,
  weights: usize,
  batch: i32,
  time: i32,
  heads: i32,
  depth: i32,
  scale: f32,
  far: f32,
  room: usize,
): void {
  const width = heads * depth * 4;
  const line = scoreRow(time);
  const bias = room + 2 * time * line;
  const packed = bias + line;
  for (let n = 0; n < batch; n++) {
    for (let t = 0; t < line / 4; t++)
      store<f32>(bias + t * 4, t < time ? (<f32>1 - load<f32>(mask + (n * time + t) * 4)) * far : -Infinity);
    for (let h = 0; h < heads; h++) {
      const at = n * time * width + h * depth * 4;
      product(q + at, width, 4, k + at, 4, width, room, line, time, time, depth, scale, packed);
      const out = weights + (n * heads + h) * time * time * 4;
      for (let t = 0; t < time; t++) softmaxRow(room + t * line, bias, line, out + t * time * 4, time);
      let used = out;
      let step = time * 4;
      if (drop) {
        used = room;
        step = line;
        const by = drop + (n * heads + h) * time * time * 4;
        for (let t = 0; t < time; t++)
          for (let s = 0; s < time; s += 4) {
            const left = time - s;
            const x = load4(out + (t * time + s) * 4, left);
            store4(room + t * line + s * 4, f32x4.mul(x, load4(by + (t * time + s) * 4, left)), left);
          }
      }
      product(used, step, 4, v + at, width, 4, y + at, width, time, depth, time, 1, packed);
    }
  }
}

/** Softmax of `scores + bias`, whose rows are whole vectors; the bias of what is beyond is −∞. */
function softmaxRow(scores: usize, bias: usize, line: i32, out: usize, time: i32): void {
  let most = f32x4.splat(-Infinity);
  for (let s = 0; s < line; s += 16) {
    // Beyond the row lies what was there before: any number, even none.
    const x =
      s + 16 <= time * 4
        ? f32x4.add(v128.load(scores + s), v128.load(bias + s))
        : f32x4.add(load4(scores + s, time - s / 4), v128.load(bias + s));
    v128.store(scores + s, x);
    most = f32x4.max(most, x);
  }
  const top = f32x4.splat(
    max(
      max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
      max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
    ),
  );
  let total = f32x4.splat(0);
  for (let s = 0; s < line; s += 16) {
    const x = f32x4.sub(v128.load(scores + s), top);
    // What is that far below is nothing at all, not the smallest number.
    const e = v128.and(exp4(x), f32x4.gt(x, f32x4.splat(-87.0)));
    v128.store(scores + s, e);
    total = f32x4.add(total, e);
  }
  const all = f32x4.splat(sum4(total));
  for (let s = 0; s < time; s += 4) store4(out + s * 4, f32x4.div(v128.load(scores + s * 4), all), time - s);
}

/** Gradients of {@link attention} for `q`, `k` and `v`. */
export function attentionGradient(
  dy: usize,
  q: usize,
  k: usize,
  v: usize,
  drop: usize,
  y: usize,
  weights: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  batch: i32,
  time: i32,
  heads: i32,
  depth: i32,
  scale: f32,
  room: usize,
): void {
  const width = heads * depth * 4;
  const line = scoreRow(time);
  const kept = room + time * line;
  const packed = kept + time * line + line;
  for (let n = 0; n < batch; n++)
    for (let h = 0; h < heads; h++) {
      const at = n * time * width + h * depth * 4;
      const squares = (n * heads + h) * time * time * 4;
      product(dy + at, width, 4, v + at, 4, width, room, line, time, time, depth, 1, packed);
      for (let t = 0; t < time; t++) {
        // Σ_j weights_ij dWeights_ij over a row is dy_i · y_i.
        let shift = f32x4.splat(0);
        for (let d = 0; d < depth; d += 4) {
          const from = at + t * width + d * 4;
          shift = f32x4.add(shift, f32x4.mul(load4(dy + from, depth - d), load4(y + from, depth - d)));
        }
        const mean = f32x4.splat(sum4(shift));
        for (let s = 0; s < time; s += 4) {
          const left = time - s;
          const from = squares + (t * time + s) * 4;
          const to = t * line + s * 4;
          const w = load4(weights + from, left);
          let d = v128.load(room + to);
          let used = w;
          if (drop) {
            const by = load4(drop + from, left);
            d = f32x4.mul(d, by);
            used = f32x4.mul(w, by);
          }
          store4(kept + to, used, left);
          store4(room + to, f32x4.mul(w, f32x4.sub(d, mean)), left);
        }
      }
      product(room, line, 4, k + at, width, 4, dq + at, width, time, depth, time, scale, packed);
      product(room, 4, line, q + at, width, 4, dk + at, width, time, depth, time, scale, packed);
      product(kept, 4, line, dy + at, width, 4, dv + at, width, time, depth, time, 1, packed);
    }
}

/**
 * `y = x Φ(x)` and `share = Φ(x)`. Φ(x) = (1 + erf z) / 2 with z = x / √2: up to |z| = 1 a polynomial in z² for erf z / z,
 * beyond one in t = 1 / (1 + |z| / 2) for erfc |z| / (t exp −z²). Both were fitted, and are wrong by less than 2e-9.
 */
export function gelu(x: usize, y: usize, share: usize, size: i32): void {
  const one = f32x4.splat(1);
  const half = f32x4.splat(0.5);
  for (let i = 0; i < size; i += 4) {
    const left = size - i;
    const value = load4(x + i * 4, left);
    const z = f32x4.mul(value, f32x4.splat(0.7071067811865476));
    const far = f32x4.abs(z);
    const square = f32x4.mul(z, z);
    let near = f32x4.splat(7.88910958e-5);
    near = f32x4.add(f32x4.mul(near, square), f32x4.splat(-8.0208383e-4));
    near = f32x4.add(f32x4.mul(near, square), f32x4.splat(5.18953501e-3));
    near = f32x4.add(f32x4.mul(near, square), f32x4.splat(-2.68544444e-2));
    near = f32x4.add(f32x4.mul(near, square), f32x4.splat(0.112836002));
    near = f32x4.add(f32x4.mul(near, square), f32x4.splat(-0.376126271));
    near = f32x4.add(f32x4.mul(near, square), f32x4.splat(1.12837917));
    near = f32x4.add(half, f32x4.mul(half, f32x4.mul(near, z)));
    const t = f32x4.div(one, f32x4.add(one, f32x4.mul(half, far)));
    let tail = f32x4.splat(0.111604079);
    tail = f32x4.add(f32x4.mul(tail, t), f32x4.splat(-0.43972206));
    tail = f32x4.add(f32x4.mul(tail, t), f32x4.splat(0.50871725));
    tail = f32x4.add(f32x4.mul(tail, t), f32x4.splat(-5.13646991e-2));
    tail = f32x4.add(f32x4.mul(tail, t), f32x4.splat(0.31793879));
    tail = f32x4.add(f32x4.mul(tail, t), f32x4.splat(0.269874174));
    tail = f32x4.add(f32x4.mul(tail, t), f32x4.splat(0.282992828));
    tail = f32x4.mul(f32x4.mul(half, t), f32x4.mul(tail, exp4(f32x4.neg(square))));
    const beyond = v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(z, f32x4.splat(0)));
    const part = v128.bitselect(near, beyond, f32x4.lt(far, one));
    store4(share + i * 4, part, left);
    store4(y + i * 4, f32x4.mul(value, part), left);
  }
}

/** `dx = dy (Φ(x) + x φ(x))` */
export function geluGradient(dy: usize, x: usize, share: usize, dx: usize, size: i32): void {
  for (let i = 0; i < size; i += 4) {
    const left = size - i;
    const value = load4(x + i * 4, left);
    const density = f32x4.mul(
      exp4(f32x4.mul(f32x4.mul(value, value), f32x4.splat(-0.5))),
      f32x4.splat(0.3989422804014327),
    );
    const slope = f32x4.add(load4(share + i * 4, left), f32x4.mul(value, density));
    store4(dx + i * 4, f32x4.mul(load4(dy + i * 4, left), slope), left);
  }
}

/** Mean of a row. */
function meanOf(x: usize, width: i32): f32 {
  let total = f32x4.splat(0);
  for (let i = 0; i < width; i += 4) total = f32x4.add(total, load4(x + i * 4, width - i));
  return sum4(total) / <f32>width;
}

/** `1 / √(variance + epsilon)` of a row. */
function inverseOf(x: usize, width: i32, mean: f32, epsilon: f32): f32 {
  let total = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= width; i += 4) {
    const centred = f32x4.sub(v128.load(x + i * 4), f32x4.splat(mean));
    total = f32x4.add(total, f32x4.mul(centred, centred));
  }
  let rest: f32 = 0;
  for (; i < width; i++) {
    const centred = load<f32>(x + i * 4) - mean;
    rest += centred * centred;
  }
  return <f32>1 / sqrt<f32>((sum4(total) + rest) / <f32>width + epsilon);
}

/** Layer normalisation of rows. */
export function norm(x: usize, gamma: usize, beta: usize, y: usize, rows: i32, width: i32, epsilon: f32): void {
  for (let r = 0; r < rows; r++) {
    const mean = meanOf(x, width);
    const inverse = f32x4.splat(inverseOf(x, width, mean, epsilon));
    for (let i = 0; i < width; i += 4) {
      const left = width - i;
      const unit = f32x4.mul(f32x4.sub(load4(x + i * 4, left), f32x4.splat(mean)), inverse);
      const scaled = f32x4.mul(unit, load4(gamma + i * 4, left));
      store4(y + i * 4, f32x4.add(scaled, load4(beta + i * 4, left)), left);
    }
    x += width * 4;
    y += width * 4;
  }
}

/** Its gradient for `x`. */
export function normGradient(dy: usize, x: usize, gamma: usize, dx: usize, rows: i32, width: i32, epsilon: f32): void {
  for (let r = 0; r < rows; r++) {
    const mean = f32x4.splat(meanOf(x, width));
    const inverse = f32x4.splat(inverseOf(x, width, f32x4.extract_lane(mean, 0), epsilon));
    let plain = f32x4.splat(0);
    let along = f32x4.splat(0);
    for (let i = 0; i < width; i += 4) {
      const left = width - i;
      const scaled = f32x4.mul(load4(dy + i * 4, left), load4(gamma + i * 4, left));
      plain = f32x4.add(plain, scaled);
      const unit = f32x4.mul(f32x4.sub(load4(x + i * 4, left), mean), inverse);
      // Beyond the row dy is 0, and so is the product.
      along = f32x4.add(along, f32x4.mul(scaled, unit));
    }
    const first = f32x4.splat(sum4(plain) / <f32>width);
    const second = f32x4.splat(sum4(along) / <f32>width);
    for (let i = 0; i < width; i += 4) {
      const left = width - i;
      const scaled = f32x4.mul(load4(dy + i * 4, left), load4(gamma + i * 4, left));
      const unit = f32x4.mul(f32x4.sub(load4(x + i * 4, left), mean), inverse);
      const rest = f32x4.sub(f32x4.sub(scaled, first), f32x4.mul(unit, second));
      store4(dx + i * 4, f32x4.mul(inverse, rest), left);
    }
    x += width * 4;
    dy += width * 4;
    dx += width * 4;
  }
}

/** `x + bias`, in place. */
export function addBias(x: usize, bias: usize, rows: i32, width: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < width; i += 4) {
      const left = width - i;
      store4(x + i * 4, f32x4.add(load4(x + i * 4, left), load4(bias + i * 4, left)), left);
    }
    x += width * 4;
  }
}

/** `y [columns, rows] = xᵀ`, in tiles of four by four. */
export function transpose(x: usize, y: usize, rows: i32, columns: i32): void {
  const across = columns * 4;
  const down = rows * 4;
  for (let i = 0; i < rows; i += 4)
    for (let j = 0; j < columns; j += 4) {
      const from = x + i * across + j * 4;
      const to = y + j * down + i * 4;
      if (i + 4 <= rows && j + 4 <= columns) {
        const r0 = v128.load(from);
        const r1 = v128.load(from + across);
        const r2 = v128.load(from + 2 * across);
        const r3 = v128.load(from + 3 * across);
        const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
        const t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
        const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
        const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
        v128.store(to, v128.shuffle<f32>(t0, t1, 0, 1, 4, 5));
        v128.store(to + down, v128.shuffle<f32>(t0, t1, 2, 3, 6, 7));
        v128.store(to + 2 * down, v128.shuffle<f32>(t2, t3, 0, 1, 4, 5));
        v128.store(to + 3 * down, v128.shuffle<f32>(t2, t3, 2, 3, 6, 7));
      } else {
        for (let r = 0; r < min(4, rows - i); r++)
          for (let c = 0; c < min(4, columns - j); c++)
            store<f32>(to + c * down + r * 4, load<f32>(from + r * across + c * 4));
      }
    }
}

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

import { product } from './product';
import { exp4, load4, store4, sum4 } from './vectors';

/** Bytes of a row of `time` scores, rounded up to whole vectors. */
function scoreRow(time: i32): i32 {
  return ((time + 3) & ~3) * 4;
}

/** Bytes that {@link attention} and its gradient need as `room`. */
export function attentionRoom(queries: i32, time: i32, depth: i32): i32 {
  const packed = max(((time + 7) & ~7) * depth, ((depth + 7) & ~7) * max(time, queries)) * 4;
  return 2 * queries * scoreRow(time) + scoreRow(time) + packed;
}

/**
 * Attention over all heads: `weights = softmax(q kᵀ / √depth + (1 − mask) · far)`, `y = (weights · drop) v`.
 * `q` and `y` `[batch, queries, heads · depth]`, `k` and `v` `[batch, time, heads · depth]`, `mask [batch, time]`, `weights`
 * and `drop [batch, heads, queries, time]`; `drop` 0 for none.
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
  queries: i32,
  time: i32,
  heads: i32,
  depth: i32,
  scale: f32,
  far: f32,
  room: usize,
): void {
  const width = heads * depth * 4;
  const line = scoreRow(time);
  const bias = room + 2 * queries * line;
  const packed = bias + line;
  for (let n = 0; n < batch; n++) {
    for (let t = 0; t < line / 4; t++)
      store<f32>(bias + t * 4, t < time ? (<f32>1 - load<f32>(mask + (n * time + t) * 4)) * far : -Infinity);
    for (let h = 0; h < heads; h++) {
      const asking = n * queries * width + h * depth * 4;
      const asked = n * time * width + h * depth * 4;
      product(q + asking, width, 4, k + asked, 4, width, room, line, queries, time, depth, scale, packed);
      const out = weights + (n * heads + h) * queries * time * 4;
      for (let t = 0; t < queries; t++) softmaxRow(room + t * line, bias, line, out + t * time * 4, time);
      let used = out;
      let step = time * 4;
      if (drop) {
        used = room;
        step = line;
        const by = drop + (n * heads + h) * queries * time * 4;
        for (let t = 0; t < queries; t++)
          for (let s = 0; s < time; s += 4) {
            const left = time - s;
            const x = load4(out + (t * time + s) * 4, left);
            store4(room + t * line + s * 4, f32x4.mul(x, load4(by + (t * time + s) * 4, left)), left);
          }
      }
      product(used, step, 4, v + asked, width, 4, y + asking, width, queries, depth, time, 1, packed);
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
  queries: i32,
  time: i32,
  heads: i32,
  depth: i32,
  scale: f32,
  room: usize,
): void {
  const width = heads * depth * 4;
  const line = scoreRow(time);
  const kept = room + queries * line;
  const packed = kept + queries * line + line;
  for (let n = 0; n < batch; n++)
    for (let h = 0; h < heads; h++) {
      const asking = n * queries * width + h * depth * 4;
      const asked = n * time * width + h * depth * 4;
      const first = (n * heads + h) * queries * time * 4;
      product(dy + asking, width, 4, v + asked, 4, width, room, line, queries, time, depth, 1, packed);
      for (let t = 0; t < queries; t++) {
        // Σ_j weights_ij dWeights_ij over a row is dy_i · y_i.
        let shift = f32x4.splat(0);
        for (let d = 0; d < depth; d += 4) {
          const from = asking + t * width + d * 4;
          shift = f32x4.add(shift, f32x4.mul(load4(dy + from, depth - d), load4(y + from, depth - d)));
        }
        const mean = f32x4.splat(sum4(shift));
        for (let s = 0; s < time; s += 4) {
          const left = time - s;
          const from = first + (t * time + s) * 4;
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
      product(room, line, 4, k + asked, width, 4, dq + asking, width, queries, depth, time, scale, packed);
      product(room, 4, line, q + asking, width, 4, dk + asked, width, time, depth, queries, scale, packed);
      product(kept, 4, line, dy + asking, width, 4, dv + asked, width, time, depth, queries, 1, packed);
    }
}

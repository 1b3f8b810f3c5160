import { load4, store4, sum4 } from './vectors';

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

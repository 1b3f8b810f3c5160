import { load4, store4 } from './vectors';

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

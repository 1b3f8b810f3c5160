import { linear, openBackend, provideBackend, read, slice, tensor } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { nativeProvider } from './provider.js';

const missing = await nativeProvider.missing();
const name = missing ? 'native backend not installed: run `npx adapterfusion native install`' : 'products on native';

/** Wide enough for several panels of columns, one of them partly filled, and for a sum in two parts. */
const [MOST, DEPTH, COLUMNS] = [300, 600, 200];

const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => Math.sin(seed + index * 1.7));

let level = '';

describe.skipIf(missing)(name, () => {
  beforeAll(async () => {
    provideBackend(nativeProvider);
    level = (await openBackend('native')).version.split('+')[1]!;
  });

  it.for([false, true])(
    'give a row the same bits among any number of rows (transposed: %s)',
    async (transposed, { skip }) => {
      skip(level === 'base', 'without wide vectors products are those of TensorFlow');
      const [rows, values] = [numbers(MOST * DEPTH, 1), numbers(COLUMNS * DEPTH, 2)];
      const x = tensor(rows, [MOST, DEPTH]);
      const weight = tensor(values, transposed ? [DEPTH, COLUMNS] : [COLUMNS, DEPTH]);
      const bias = tensor(numbers(COLUMNS, 3), [COLUMNS]);
      const all = await read(linear(x, weight, bias, { transposed }));
      const at = (row: number, column: number): number => {
        let sum = Math.sin(3 + column * 1.7);
        for (let k = 0; k < DEPTH; k++)
          sum += rows[row * DEPTH + k]! * values[transposed ? k * COLUMNS + column : column * DEPTH + k]!;
        return sum;
      };
      for (const row of [0, 13, 14, MOST - 1])
        for (const column of [0, 31, 32, COLUMNS - 1])
          expect(all[row * COLUMNS + column]).toBeCloseTo(at(row, column), 3);
      for (let count = 1; count < MOST; count += count < 60 ? 1 : 17) {
        const some = await read(linear(slice(x, 0, 0, count), weight, bias, { transposed }));
        expect(some, `${count} rows`).toEqual(all.subarray(0, count * COLUMNS));
      }
    },
  );
});

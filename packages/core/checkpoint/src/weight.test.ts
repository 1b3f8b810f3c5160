import { describe, expect, it } from 'vitest';
import {
  BFloat16,
  isScale,
  parseSafetensors,
  scaleName,
  toFloat32,
  toInt8Rows,
  weightOf,
  writeSafetensors,
  type TensorToWrite,
} from './index.js';

const stored = (...tensors: TensorToWrite[]) => parseSafetensors(writeSafetensors(tensors), 'f').tensors;
const read = (...tensors: TensorToWrite[]): Float32Array => {
  const held = stored(...tensors);
  return weightOf(held, held.get('w')!);
};
/** Numbers of many sizes, the same every time. */
const numbers = (count: number): Float32Array => {
  let state = 7;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return Float32Array.from({ length: count }, () => (next() - 0.5) * 2 ** Math.floor(next() * 40 - 20));
};

describe('BFloat16', () => {
  it('is written as BF16 and read within half a unit in the last place', () => {
    const data = numbers(4096);
    const back = read({ name: 'w', shape: [64, 64], data: new BFloat16(data) });
    for (const [index, value] of data.entries())
      expect(Math.abs(value - back[index]!)).toBeLessThanOrEqual(2 ** (Math.floor(Math.log2(Math.abs(value))) - 8));
    expect(stored({ name: 'w', shape: [1], data: new BFloat16(Float32Array.of(1)) }).get('w')!.dtype).toBe('BF16');
  });

  it('rounds ties to even, keeps what it can hold, and refuses what does not fit', () => {
    const exact = Float32Array.of(0, -0, 1, -1.5, 2 ** -130, 3.3895313892515355e38);
    expect([...read({ name: 'w', shape: [6], data: new BFloat16(exact) })]).toEqual([...exact]);
    const ties = new BFloat16(Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20));
    expect([...read({ name: 'w', shape: [3], data: ties })]).toEqual([1, 1 + 2 ** -6, 1 + 2 ** -7]);
    for (const value of [3.4e38, -3.4e38, Infinity, NaN])
      expect(() => new BFloat16(Float32Array.of(value))).toThrow(TypeError);
  });
});

describe('a matrix as I8 with a factor a row', () => {
  const matrix = (data: Float32Array, rows: number): TensorToWrite[] => {
    const { values, scales } = toInt8Rows(data, rows);
    return [
      { name: 'w', shape: [rows, data.length / rows], data: values },
      { name: scaleName('w'), shape: [rows], data: scales },
    ];
  };

  it('is read within half a step, the largest of each row as it was', () => {
    const data = numbers(1000);
    data.fill(0, 0, 100);
    const { scales } = toInt8Rows(data, 10);
    const back = read(...matrix(data, 10));
    for (const [index, value] of data.entries()) {
      const step = scales[Math.floor(index / 100)]!;
      expect(Math.abs(value - back[index]!)).toBeLessThanOrEqual(step * (0.5 + 1e-5));
    }
    const largest = (all: Float32Array, row: number): number =>
      Math.max(...all.subarray(row * 100, row * 100 + 100).map(Math.abs));
    for (let row = 1; row < 10; row++) expect(largest(back, row) / largest(data, row)).toBeCloseTo(1, 6);
    expect(largest(back, 0)).toBe(0);
  });

  it('that is what it can hold comes back exactly', () => {
    const data = Float32Array.of(127, -3, 0, -254, 2, 4);
    expect([...read(...matrix(data, 2))]).toEqual([...data]);
    expect([...toInt8Rows(data, 2).values]).toEqual([127, -3, 0, -127, 1, 2]);
    for (const value of [Infinity, NaN]) expect(() => toInt8Rows(Float32Array.of(1, value), 1)).toThrow(TypeError);
  });

  it.each([
    ['without factors', (all: TensorToWrite[]) => all.slice(0, 1), 'w.scale, F32 [2]; got no such tensor'],
    [
      'with as many factors as columns',
      ([w]: TensorToWrite[]) => [w!, { name: 'w.scale', shape: [3], data: new Float32Array(3) }],
      'got F32 [3]',
    ],
    [
      'with factors of another type',
      ([w]: TensorToWrite[]) => [w!, { name: 'w.scale', shape: [2], data: new Int32Array(2) }],
      'got I32 [2]',
    ],
    [
      'with a factor that is not finite',
      ([w]: TensorToWrite[]) => [w!, { name: 'w.scale', shape: [2], data: Float32Array.of(1, NaN) }],
      'NaN for row 1',
    ],
    ['that is none', ([, scale]: TensorToWrite[]) => [{ ...scale!, name: 'w', data: new Int8Array(2) }], 'a matrix'],
  ])('%s is refused', (_name, change, says) => {
    expect(() => read(...change(matrix(Float32Array.of(1, 2, 3, 4, 5, 6), 2)))).toThrow(says);
  });

  it('leaves other tensors as they are', () => {
    const held = stored(...matrix(Float32Array.of(1, 2), 1), {
      name: 'norm.scale',
      shape: [1],
      data: Float32Array.of(3),
    });
    expect([...held.keys()].filter((name) => isScale(held, name))).toEqual(['w.scale']);
    expect(weightOf(held, held.get('norm.scale')!)).toEqual(toFloat32(held.get('norm.scale')!));
  });
});

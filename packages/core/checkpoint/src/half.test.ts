import { describe, expect, it } from 'vitest';
import { Half, parseSafetensors, toFloat32, toInt32, writeSafetensors } from './index.js';

const stored = (data: Float32Array) =>
  parseSafetensors(writeSafetensors([{ name: 'x', shape: [data.length], data: new Half(data) }]), 'f').tensors.get(
    'x',
  )!;

describe('Half', () => {
  it('gives back every half exactly', () => {
    const all = new Float32Array(toFloat32({ ...stored(Float32Array.of(0)), bytes: bitsFrom(0, 0x7c00) }));
    expect([...new Half(all).bits]).toEqual([...Array(0x7c00).keys()]);
    const negative = all.map((value) => -value);
    expect(new Half(negative).bits).toEqual(new Half(all).bits.map((bits) => bits | 0x8000));
  });

  it('rounds to the nearest, ties to even', () => {
    const values = Float32Array.of(
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      1 + 2 ** -11 + 2 ** -20,
      2 ** -25,
      3 * 2 ** -25,
      2047.9,
    );
    expect([...toFloat32(stored(values))]).toEqual([1, 1 + 2 ** -9, 1 + 2 ** -10, 0, 2 ** -23, 2048]);
  });

  it('is written as F16 and refuses what does not fit', () => {
    expect(stored(Float32Array.of(1, -0.5)).dtype).toBe('F16');
    expect([...new Half(Float32Array.of(65519)).bits]).toEqual([0x7bff]);
    for (const value of [65520, -Infinity, NaN]) expect(() => new Half(Float32Array.of(value))).toThrow(TypeError);
  });
});

it('writes bytes as I8', () => {
  const data = Int8Array.of(-128, 0, 127);
  const { tensors } = parseSafetensors(writeSafetensors([{ name: 'x', shape: [3], data }]), 'f');
  expect(tensors.get('x')!.dtype).toBe('I8');
  expect([...toInt32(tensors.get('x')!)]).toEqual([-128, 0, 127]);
});

/** The bytes of the halves with the bits `from` to `to − 1`. */
function bitsFrom(from: number, to: number): Uint8Array {
  return new Uint8Array(Uint16Array.from({ length: to - from }, (_, index) => from + index).buffer);
}

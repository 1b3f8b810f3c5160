import { AdapterFusionError } from '@adapterfusion/contracts';

/** Bytes an element takes, by element type: the types that are read. */
export const ELEMENT_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** Element types of a stored tensor, as safetensors spells them. */
export type StoredDType = keyof typeof ELEMENT_BYTES;

/** A tensor in a file: row-major, little-endian. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  /** A view into the file's bytes, at any alignment. */
  readonly bytes: Uint8Array;
}

/**
 * The values of a floating-point tensor. F32 that lies aligned in memory is a view of the same bytes, everything else a
 * copy: F16 and BF16 exactly, F64 rounded to the nearest float32.
 * @throws TENSORS_INVALID for an integer tensor, and for an F64 value beyond float32
 */
export function toFloat32(tensor: StoredTensor): Float32Array {
  const { dtype } = tensor;
  if (dtype === 'F32') {
    const bytes = tensor.bytes.byteOffset % 4 === 0 ? tensor.bytes : tensor.bytes.slice();
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }
  const view = dataView(tensor);
  if (dtype === 'F64') return narrow(tensor, view);
  const out = new Float32Array(tensor.bytes.byteLength / 2);
  if (dtype === 'F16') for (let i = 0; i < out.length; i++) out[i] = half(view.getUint16(2 * i, true));
  else if (dtype === 'BF16') {
    const bits = new Uint32Array(out.buffer);
    for (let i = 0; i < bits.length; i++) bits[i] = view.getUint16(2 * i, true) << 16;
  } else throw wrong(tensor, 'a floating-point tensor', dtype, 'Read it as integers.');
  return out;
}

/**
 * The values of an integer or boolean tensor.
 * @throws TENSORS_INVALID for a floating-point tensor, and for an I64 value that does not fit 32 bits
 */
export function toInt32(tensor: StoredTensor): Int32Array {
  const { dtype, bytes } = tensor;
  const view = dataView(tensor);
  const out = new Int32Array(bytes.byteLength / ELEMENT_BYTES[dtype]);
  for (let i = 0; i < out.length; i++) {
    if (dtype === 'I64') {
      const value = view.getBigInt64(8 * i, true);
      if (BigInt.asIntN(32, value) !== value)
        throw wrong(tensor, 'integers of 32 bits', `${value} at position ${i}`, 'Larger integers cannot be used here.');
      out[i] = Number(value);
    } else if (dtype === 'I32') out[i] = view.getInt32(4 * i, true);
    else if (dtype === 'I16') out[i] = view.getInt16(2 * i, true);
    else if (dtype === 'I8') out[i] = view.getInt8(i);
    else if (dtype === 'U8' || dtype === 'BOOL') out[i] = view.getUint8(i);
    else throw wrong(tensor, 'an integer tensor', dtype, 'Read it as floating point.');
  }
  return out;
}

function narrow(tensor: StoredTensor, view: DataView): Float32Array {
  const out = new Float32Array(tensor.bytes.byteLength / 8);
  for (let i = 0; i < out.length; i++) {
    const value = view.getFloat64(8 * i, true);
    out[i] = value;
    if (Number.isFinite(value) && !Number.isFinite(out[i]))
      throw wrong(
        tensor,
        'values within float32',
        `${value} at position ${i}`,
        'Scale the weights or store them as F32.',
      );
  }
  return out;
}

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function dataView(tensor: StoredTensor): DataView {
  return new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.byteLength);
}

function wrong(tensor: StoredTensor, expected: string, got: string, fix: string): AdapterFusionError {
  return new AdapterFusionError('TENSORS_INVALID', { at: tensor.name, expected, got, fix });
}

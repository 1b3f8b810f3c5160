import { AdapterFusionError } from '@adapterfusion/contracts';
import { fromInt8Rows } from './int8-rows.js';
import { toFloat32, type StoredTensor } from './stored-tensor.js';

/** The name of the tensor with the factors of an I8 matrix. */
export const scaleName = (name: string): string => `${name}.scale`;

/** True for the name of a tensor that holds the factors of another one. */
export function isScale(tensors: ReadonlyMap<string, StoredTensor>, name: string): boolean {
  const end = scaleName('');
  return name.endsWith(end) && tensors.get(name.slice(0, -end.length))?.dtype === 'I8';
}

/**
 * The values of a weight in float32: as `toFloat32`, and of a matrix that is stored as I8 with one F32 factor a row, in a
 * tensor `NAME.scale` of the shape `[rows]`, its bytes times the factors.
 * @throws TENSORS_INVALID as `toFloat32`; for I8 that is no matrix, or whose factors are missing, of another type or shape, or
 * not finite
 */
export function weightOf(tensors: ReadonlyMap<string, StoredTensor>, tensor: StoredTensor): Float32Array {
  if (tensor.dtype !== 'I8') return toFloat32(tensor);
  const { name, shape, bytes } = tensor;
  const scale = tensors.get(scaleName(name));
  const words = (each: StoredTensor): string => `${each.dtype} [${each.shape.join(', ')}]`;
  const refuse = (expected: string, got: string): AdapterFusionError =>
    new AdapterFusionError('TENSORS_INVALID', {
      at: name,
      expected,
      got,
      fix: 'Use the weights at float32, or write the copy again with "adapterfusion quantize".',
    });
  if (shape.length !== 2) throw refuse('a matrix, since it is I8', words(tensor));
  const wanted = `I8 with its factors in ${scaleName(name)}, F32 [${shape[0]}]`;
  if (scale === undefined) throw refuse(wanted, 'no such tensor');
  if (scale.dtype !== 'F32' || scale.shape.join() !== String(shape[0])) throw refuse(wanted, words(scale));
  const scales = toFloat32(scale);
  const strange = scales.findIndex((value) => !Number.isFinite(value));
  if (strange >= 0) throw refuse('finite factors', `${scales[strange]} for row ${strange}`);
  return fromInt8Rows({ values: new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), scales });
}

import {
  BFloat16,
  fingerprint,
  Half,
  parseSafetensors,
  scaleName,
  toInt8Rows,
  weightOf,
  writeSafetensors,
  type TensorToWrite,
} from '@adapterfusion/checkpoint';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { configAt } from './config-at.js';
import { ENCODER_FILES } from './encoder-folder.js';
import type { EncoderWeight } from './encoder-weights.js';
import type { StoredEncoder } from './encoder.js';
import type { PackedEncoder } from './pack-encoder.js';

/** The precisions at which an encoder can be stored beside float32. */
export const PRECISIONS = ['float16', 'bfloat16', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** How a tensor came out. */
export interface QuantizedTensor {
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: 'F16' | 'BF16' | 'I8' | 'F32';
  /** The largest difference of a value by the tensor's largest absolute value. */
  readonly error: number;
}

/** An encoder at another precision, as files. */
export interface QuantizedEncoder extends PackedEncoder {
  /** Of the file of the weights. */
  readonly bytes: number;
  readonly tensors: readonly QuantizedTensor[];
}

/**
 * A copy of an encoder at another precision, under the backbone's own paths: every tensor as F16 or BF16; or the matrices as
 * I8, each row by its largest absolute value, with the rows' factors in `NAME.scale`, and the rest as F32. The fingerprint
 * is that of the values which are read from it.
 * @throws UNSUPPORTED for an encoder that is a copy itself, or of this precision already; TENSORS_INVALID for a value that
 * does not fit
 */
export async function quantizeEncoder(encoder: StoredEncoder, precision: Precision): Promise<QuantizedEncoder> {
  const { weights, record, settings } = encoder;
  const dtype = ({ shape }: EncoderWeight) => DTYPES[precision](shape);
  const coarse = weights.tensors.find((each) => each.dtype === 'I8');
  if (record.derivedFrom !== undefined || coarse !== undefined)
    throw refused(record.id, 'the encoder at the precision that it was made at', 'a copy at another one already');
  if (weights.tensors.every((each) => each.dtype === dtype(each)))
    throw refused(record.id, `weights that are not ${precision} yet`, `${precision}`);
  const bytes = writeSafetensors(weights.tensors.flatMap((each) => encoded(each, precision)));
  const { tensors: stored } = parseSafetensors(bytes, ENCODER_FILES.weights);
  const read = weights.tensors.map((each) => ({ ...each, data: weightOf(stored, stored.get(each.path)!) }));
  return {
    files: new Map([
      ...[...settings].map(
        ([name, held]) => [name, name === ENCODER_FILES.config ? configAt(precision, held) : held] as const,
      ),
      [ENCODER_FILES.weights, bytes],
    ]),
    fingerprint: await fingerprint(read.filter((each) => each.fingerprint)),
    parameters: read.reduce((sum, { data }) => sum + data.length, 0),
    bytes: bytes.byteLength,
    tensors: weights.tensors.map((each, index) => ({
      path: each.path,
      shape: each.shape,
      dtype: dtype(each),
      error: relativeError(each.data, read[index]!.data),
    })),
  };
}

const DTYPES: { readonly [P in Precision]: (shape: readonly number[]) => QuantizedTensor['dtype'] } = {
  float16: () => 'F16',
  bfloat16: () => 'BF16',
  int8: (shape) => (shape.length === 2 ? 'I8' : 'F32'),
};

function encoded({ path: name, shape, data }: EncoderWeight, precision: Precision): TensorToWrite[] {
  try {
    if (precision === 'float16') return [{ name, shape, data: new Half(data) }];
    if (precision === 'bfloat16') return [{ name, shape, data: new BFloat16(data) }];
    if (DTYPES[precision](shape) === 'F32') return [{ name, shape, data }];
    const { values, scales } = toInt8Rows(data, shape[0]!);
    return [
      { name, shape, data: values },
      { name: scaleName(name), shape: [shape[0]!], data: scales },
    ];
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new AdapterFusionError('TENSORS_INVALID', {
      at: name,
      expected: `values that ${precision} can hold`,
      got: error.message,
      fix: precision === 'float16' ? 'Use bfloat16, which has the range of float32, or int8.' : 'Check the weights.',
      cause: error,
    });
  }
}

function relativeError(before: Float32Array, after: Float32Array): number {
  let largest = 0;
  let error = 0;
  for (let i = 0; i < before.length; i++) {
    largest = Math.max(largest, Math.abs(before[i]!));
    error = Math.max(error, Math.abs(before[i]! - after[i]!));
  }
  return largest === 0 ? 0 : error / largest;
}

function refused(at: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('UNSUPPORTED', { at, expected, got, fix: 'Name the original with --model.' });
}

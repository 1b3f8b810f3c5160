import { AdapterFusionError, type Tensor } from '@adapterfusion/contracts';
import { tf } from '@adapterfusion/tensor/tfjs';

/** Numbers of TensorFlow's data types (`types.proto`), for attributes and raw handles. */
export const NATIVE_TYPES = {
  float32: 1,
  int32: 3,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  float16: 19,
  uint32: 22,
  uint64: 23,
} as const;

/** An attribute's value by kind; `type` names an element type. */
export type NativeAttribute =
  | { readonly type: keyof typeof NATIVE_TYPES }
  | { readonly int: number | readonly number[] }
  | { readonly float: number | readonly number[] }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly shape: readonly number[] };

/** An output of an operation on raw handles. */
export interface NativeOutput {
  readonly id: number;
  readonly shape: number[];
  /** One of {@link NATIVE_TYPES}. */
  readonly dtype: number;
}

/** The addon's own interface. Handles are numbers, and whoever gets one deletes it. */
export interface NativeBinding {
  /** The values must not change afterwards: TensorFlow may keep them where they are. int64 takes pairs of an Int32Array. */
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array | Uint8Array): number;
  deleteTensor(id: number): void;
  /** Reads float32, int32, int64, bool. */
  tensorDataSync(id: number): Float32Array | Int32Array | BigInt64Array | Uint8Array;
  executeOp(op: string, attributes: readonly object[], inputs: readonly number[], outputs: number): NativeOutput[];
  isUsingGpuDevice(): boolean;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_Version: string;
}

interface NodeBackend {
  readonly binding: NativeBinding;
  executeMultipleOutputs(
    op: string,
    attributes: readonly object[],
    inputs: readonly Tensor[],
    outputs: number,
  ): Tensor[];
}

/** @throws BACKEND_UNAVAILABLE unless the native backend is the open one */
function nodeBackend(): NodeBackend {
  const active = tf.getBackend();
  if (active === 'tensorflow') return tf.backend() as unknown as NodeBackend;
  throw new AdapterFusionError('BACKEND_UNAVAILABLE', {
    at: 'native operation',
    expected: 'the native backend to be open',
    got: active ? `"${active}"` : 'none',
    fix: 'Call openBackend("native") first.',
  });
}

/**
 * The addon of the open native backend, for kernels that need element types TensorFlow.js lacks.
 * @throws BACKEND_UNAVAILABLE unless the native backend is the open one
 */
export function nativeBinding(): NativeBinding {
  return nodeBackend().binding;
}

/** Attributes as the addon takes them, for {@link NativeBinding.executeOp}. */
export function nativeAttributes(attributes: Readonly<Record<string, NativeAttribute>>): object[] {
  const b = nativeBinding();
  return Object.entries(attributes).map(([name, attribute]) => {
    if ('type' in attribute) return { name, type: b.TF_ATTR_TYPE, value: NATIVE_TYPES[attribute.type] };
    if ('int' in attribute) return { name, type: b.TF_ATTR_INT, value: attribute.int };
    if ('float' in attribute) return { name, type: b.TF_ATTR_FLOAT, value: attribute.float };
    if ('bool' in attribute) return { name, type: b.TF_ATTR_BOOL, value: attribute.bool };
    if ('string' in attribute) return { name, type: b.TF_ATTR_STRING, value: attribute.string };
    return { name, type: b.TF_ATTR_SHAPE, value: attribute.shape };
  });
}

/**
 * Runs one TensorFlow operation by its name.
 * @param attributes every attribute without a default, by name
 * @param outputs how many tensors come out
 * @returns tensors of float32, int32 or bool, the caller's
 * @throws BACKEND_UNAVAILABLE unless the native backend is the open one
 */
export function runNative(
  op: string,
  attributes: Readonly<Record<string, NativeAttribute>>,
  inputs: readonly Tensor[],
  outputs = 1,
): Tensor[] {
  return nodeBackend().executeMultipleOutputs(op, nativeAttributes(attributes), inputs, outputs);
}

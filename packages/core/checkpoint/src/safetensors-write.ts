import { BFloat16 } from './bfloat16.js';
import { Half } from './half.js';

/** A tensor on its way into a file. */
export interface TensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major values: written as F32, I32 or I8, as F16 where they are {@link Half}, as BF16 where {@link BFloat16}. */
  readonly data: Float32Array | Int32Array | Int8Array | Half | BFloat16;
}

/**
 * The bytes of a safetensors file. Equal tensors give equal bytes in whatever order they come: names are sorted by code
 * unit, the header is padded with spaces to 8 bytes.
 * @param metadata texts for `__metadata__`, added to `format: "pt"`
 * @throws TypeError for a name given twice, the name `__metadata__`, or data that does not fit its shape
 */
export function writeSafetensors(
  tensors: Iterable<TensorToWrite>,
  metadata: { readonly [key: string]: string } = {},
): Uint8Array {
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
  const texts = Object.entries({ format: 'pt', ...metadata }).sort(([a], [b]) => (a < b ? -1 : 1));
  const entries: [string, unknown][] = [['__metadata__', Object.fromEntries(texts)]];
  let end = 0;
  for (const [index, { name, shape, data }] of sorted.entries()) {
    if (name === '__metadata__' || name === sorted[index + 1]?.name)
      throw new TypeError(`the tensor name ${JSON.stringify(name)} is given twice or reserved`);
    if (shape.reduce((product, length) => product * length, 1) !== data.length)
      throw new TypeError(`${name}: ${data.length} values do not fit the shape [${shape.join(', ')}]`);
    const dtype = dtypeOf(data);
    entries.push([name, { dtype, shape, data_offsets: [end, (end += data.byteLength)] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const start = 8 + Math.ceil(json.byteLength / 8) * 8;
  const bytes = new Uint8Array(start + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.fill(0x20, 8, start);
  bytes.set(json, 8);
  let at = start;
  for (const { data } of sorted) {
    const { buffer, byteOffset, byteLength } = data instanceof Half || data instanceof BFloat16 ? data.bits : data;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

function dtypeOf(data: TensorToWrite['data']): 'F16' | 'BF16' | 'F32' | 'I32' | 'I8' {
  if (data instanceof Half) return 'F16';
  if (data instanceof BFloat16) return 'BF16';
  if (data instanceof Float32Array) return 'F32';
  return data instanceof Int32Array ? 'I32' : 'I8';
}

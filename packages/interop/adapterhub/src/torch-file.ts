import type { StoredDType, StoredTensor } from '@adapterfusion/checkpoint';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { isTensor, readPickle, type PickledTensor, type Storage } from './pickle.js';
import { readZip } from './zip.js';

/** Types of storages, and the bytes of a number. */
const TYPES: { readonly [type: string]: readonly [StoredDType, number] } = {
  FloatStorage: ['F32', 4],
  DoubleStorage: ['F64', 8],
  HalfStorage: ['F16', 2],
  BFloat16Storage: ['BF16', 2],
  LongStorage: ['I64', 8],
  IntStorage: ['I32', 4],
  ShortStorage: ['I16', 2],
  CharStorage: ['I8', 1],
  ByteStorage: ['U8', 1],
  BoolStorage: ['BOOL', 1],
};

/** What the file before torch 1.6 begins with, after the first instruction of its pickle. */
const OLD_MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/**
 * Reads the tensors of a state dict that `torch.save` wrote: a zip archive, or the older file of several pickles. Nothing is
 * executed: see `readPickle`.
 * @throws PICKLE_REFUSED; FILE_CORRUPT; TENSORS_INVALID for what is no dictionary of tensors
 */
export function readTorchFile(bytes: Uint8Array, at: string): Map<string, StoredTensor> {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  return isZip ? readArchive(bytes, at) : readPickles(bytes, at);
}

function readArchive(bytes: Uint8Array, at: string): Map<string, StoredTensor> {
  const files = readZip(bytes, at);
  const root = [...files.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name))?.slice(0, -'data.pkl'.length);
  if (root === undefined) throw corrupt(at, 'an archive with data.pkl', [...files.keys()].slice(0, 4).join(', '));
  const order = files.get(`${root}byteorder`);
  if (order && new TextDecoder().decode(order) !== 'little') throw corrupt(at, 'little-endian numbers', 'big-endian');
  const { value } = readPickle(files.get(`${root}data.pkl`)!, 0, at);
  return tensorsOf(value, at, bytes.length, ({ key }) => files.get(`${root}data/${key}`));
}

function readPickles(bytes: Uint8Array, at: string): Map<string, StoredTensor> {
  // The magic number and, as no state dict begins so, nothing else of the first pickle is looked at.
  if (OLD_MAGIC.some((byte, index) => bytes[2 + index] !== byte)) {
    // A pickle that was not made by torch.save says by itself what it asks for.
    readPickle(bytes, 0, at);
    throw corrupt(at, 'a file of torch.save', 'another pickle');
  }
  let end = 0;
  const next = (): unknown => {
    const found = readPickle(bytes, end, at);
    end = found.end;
    return found.value;
  };
  const [, , , value, keys] = [next(), next(), next(), next(), next()];
  const storages = new Map<string, Storage>();
  for (const each of (value instanceof Map ? value.values() : []) as Iterable<unknown>)
    if (isTensor(each)) storages.set(each.storage.key, each.storage);
  const held = new Map<string, Uint8Array>();
  for (const key of Array.isArray(keys) ? (keys as unknown[]) : []) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage) throw corrupt(at, 'the storages of its tensors', `another, ${held.size + 1} in the list`);
    const size = 8 + storage.size * typeOf(storage, at)[1];
    if (end + size > bytes.length) throw corrupt(at, `${size} bytes of a storage`, `${bytes.length - end}`);
    held.set(storage.key, bytes.subarray(end + 8, end + size));
    end += size;
  }
  return tensorsOf(value, at, bytes.length, ({ key }) => held.get(key));
}

/** @param most bytes that tensors may take which do not lie as they are in the file: several may be of one storage */
function tensorsOf(
  value: unknown,
  at: string,
  most: number,
  bytesOf: (storage: Storage) => Uint8Array | undefined,
): Map<string, StoredTensor> {
  const entries: [unknown, unknown][] = value instanceof Map ? [...(value as Map<unknown, unknown>)] : [];
  if (!(value instanceof Map) || entries.some(([name, each]) => typeof name !== 'string' || !isTensor(each)))
    throw new AdapterFusionError('TENSORS_INVALID', {
      at,
      expected: 'a dictionary of tensors by name',
      got: value instanceof Map ? 'one with other values' : typeof value,
      fix: 'Save it again with the Python library adapters.',
    });
  let copied = 0;
  return new Map(
    (entries as [string, PickledTensor][]).map(([name, tensor]) => {
      const { storage, shape } = tensor;
      const [dtype, width] = typeOf(storage, at);
      const held = bytesOf(storage);
      if (held === undefined || held.length < storage.size * width)
        throw corrupt(`${at}: ${name}`, `a storage of ${storage.size} numbers`, held ? `${held.length} bytes` : 'none');
      const bytes = gathered(tensor, held, width, `${at}: ${name}`);
      if (bytes.buffer !== held.buffer) copied += bytes.length;
      if (copied > most)
        throw corrupt(`${at}: ${name}`, `at most ${most} bytes of tensors`, 'more, out of the same storages');
      return [name, { name, dtype, shape, bytes }];
    }),
  );
}

function typeOf({ type }: Storage, at: string): readonly [StoredDType, number] {
  const found = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (found) return found;
  throw corrupt(at, `storages of ${Object.keys(TYPES).join(', ')}`, type);
}

/** The bytes of a tensor, row-major; its own place in the storage where it lies so there. */
function gathered({ offset, shape, stride, storage }: PickledTensor, held: Uint8Array, width: number, at: string) {
  const size = shape.reduce((product, length) => product * length, 1);
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * stride[axis]!, offset);
  if (size !== 0 && !(last < storage.size && size <= storage.size))
    throw corrupt(at, `numbers within ${storage.size}`, `${size} of them, up to ${last}`);
  const plain = shape.every((length, axis) => {
    const inner = shape.slice(axis + 1).reduce((product, each) => product * each, 1);
    return length === 1 || stride[axis] === inner;
  });
  if (plain || size === 0) return held.subarray(offset * width, (offset + size) * width);
  const bytes = new Uint8Array(size * width);
  for (let index = 0; index < size; index++) {
    let rest = index;
    let from = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % shape[axis]!) * stride[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    bytes.set(held.subarray(from * width, (from + 1) * width), index * width);
  }
  return bytes;
}

function corrupt(at: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('FILE_CORRUPT', { at, expected, got, fix: 'Fetch or save the file again.' });
}

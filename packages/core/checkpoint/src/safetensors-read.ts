import { AdapterFusionError } from '@adapterfusion/contracts';
import { isObject, parseJsonObject, shown } from './json.js';
import { ELEMENT_BYTES, type StoredDType, type StoredTensor } from './stored-tensor.js';

/** What a safetensors file holds. */
export interface Safetensors {
  /** By name, in the order of the bytes. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** `__metadata__`, empty where there is none. */
  readonly metadata: { readonly [key: string]: string };
}

const AGAIN = 'Fetch or save the file again.';

/**
 * Reads a safetensors file: 8 bytes with the header's length, a JSON header, the tensors' bytes without gaps. Nothing is
 * copied: each tensor's bytes are a view into `bytes`. Integers are read as little-endian, on little-endian machines.
 * @param at the file's name, for messages
 * @throws FILE_CORRUPT for a truncated file, a header that is larger than the file or not JSON, a name given twice,
 * offsets out of range, overlaps, gaps; TENSORS_INVALID for an unknown element type, a shape that is none, or one that
 * does not fit the bytes
 */
export function parseSafetensors(bytes: Uint8Array, at: string): Safetensors {
  const length = headerLength(bytes, at);
  const what = 'a safetensors header (a JSON object in UTF-8)';
  const header = parseJsonObject(bytes.subarray(8, 8 + length), 'FILE_CORRUPT', at, what, AGAIN);
  const data = bytes.subarray(8 + length);
  const metadata = Object.hasOwn(header, '__metadata__') ? parseMetadata(header['__metadata__'], at) : {};
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseEntry(name, entry, data, at))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    const where = `bytes ${entry.begin} to ${entry.end}`;
    if (entry.begin < end) throw corrupt(`${at}: ${entry.name}`, `bytes from ${end} on`, `${where}, an overlap`);
    if (entry.begin > end) throw corrupt(`${at}: ${entry.name}`, `bytes from ${end} on`, `${where}, a gap`);
    end = entry.end;
  }
  if (end !== data.byteLength)
    throw corrupt(at, `${end} bytes of tensors, as its header says`, `${data.byteLength} bytes`);
  return { tensors: new Map(entries.map(({ name, tensor }) => [name, tensor])), metadata };
}

function headerLength(bytes: Uint8Array, at: string): number {
  if (bytes.byteLength < 8) throw corrupt(at, 'a safetensors file', `${bytes.byteLength} bytes, fewer than 8`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(bytes.byteLength - 8))
    throw corrupt(
      at,
      `a header of ${length} bytes, as its first 8 bytes say`,
      `${bytes.byteLength - 8} bytes after them`,
    );
  return Number(length);
}

function parseMetadata(value: unknown, at: string): { [key: string]: string } {
  const texts = isObject(value) && Object.values(value).every((text) => typeof text === 'string');
  if (!texts) throw corrupt(`${at}: __metadata__`, 'an object of texts', shown(value));
  return value as { [key: string]: string };
}

function parseEntry(name: string, entry: unknown, data: Uint8Array, file: string) {
  const at = `${file}: ${name}`;
  if (!isObject(entry)) throw corrupt(at, 'a header entry { dtype, shape, data_offsets }', shown(entry));
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENT_BYTES, dtype))
    throw invalid(at, `an element type of ${Object.keys(ELEMENT_BYTES).join(', ')}`, shown(dtype));
  if (!isCounts(shape)) throw invalid(at, 'a shape of whole numbers, 0 or more', shown(shape));
  if (!isCounts(offsets) || offsets.length !== 2) throw corrupt(at, 'data_offsets [begin, end]', shown(offsets));
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > data.byteLength)
    throw corrupt(at, `data_offsets in order within ${data.byteLength} bytes`, `[${begin}, ${end}]`);
  const size = shape.reduce((product, length) => product * length, ELEMENT_BYTES[dtype as StoredDType]);
  if (size !== end - begin)
    throw invalid(at, `${size} bytes for ${dtype} [${shape.join(', ')}]`, `${end - begin} bytes`);
  const tensor: StoredTensor = { name, dtype: dtype as StoredDType, shape, bytes: data.subarray(begin, end) };
  return { name, begin, end, tensor };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function corrupt(at: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('FILE_CORRUPT', { at, expected, got, fix: AGAIN });
}

function invalid(at: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('TENSORS_INVALID', { at, expected, got, fix: AGAIN });
}

import { AdapterFusionError } from '@adapterfusion/contracts';

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;

/**
 * Reads a zip archive whose entries are stored as they are, as `torch.save` writes them. Nothing is expanded, nothing is
 * copied: the files are views into the bytes, and no two may overlap.
 * @throws FILE_CORRUPT for a damaged archive, compressed entries, and names that leave it
 */
export function readZip(bytes: Uint8Array, at: string): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const within = (offset: number, length: number): number => {
    if (offset + length > bytes.length) throw corrupt(at, 'offsets within the file', String(offset + length));
    return offset;
  };
  const end = endOf(view, at);
  const entries: { name: string; from: number; size: number }[] = [];
  let offset = view.getUint32(end + 16, true);
  for (let index = view.getUint16(end + 10, true); index > 0; index--) {
    within(offset, 46);
    if (view.getUint32(offset, true) !== CENTRAL) throw corrupt(at, 'a directory of its entries', 'something else');
    const nameLength = view.getUint16(offset + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(within(offset + 46, nameLength), offset + 46 + nameLength));
    const size = view.getUint32(offset + 24, true);
    if (view.getUint16(offset + 10, true) !== 0 || view.getUint32(offset + 20, true) !== size)
      throw corrupt(`${at}: ${name}`, 'an entry that is stored as it is', 'a compressed one');
    if (name.split('/').some((part) => ['', '.', '..'].includes(part)) || /[\\:\0]/.test(name))
      throw corrupt(at, 'names within the archive', JSON.stringify(name));
    const local = within(view.getUint32(offset + 42, true), 30);
    if (view.getUint32(local, true) !== LOCAL) throw corrupt(`${at}: ${name}`, 'an entry', 'something else');
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    entries.push({ name, from: within(from, size), size });
    offset += 46 + nameLength + view.getUint16(offset + 30, true) + view.getUint16(offset + 32, true);
  }
  let last = 0;
  for (const { name, from, size } of entries.toSorted((a, b) => a.from - b.from)) {
    if (from < last) throw corrupt(`${at}: ${name}`, 'entries side by side', 'an overlap');
    last = from + size;
  }
  return new Map(entries.map(({ name, from, size }) => [name, bytes.subarray(from, from + size)]));
}

/** Where the record at the end begins. */
function endOf(view: DataView, at: string): number {
  for (let offset = view.byteLength - 22; offset >= Math.max(0, view.byteLength - 22 - 0xffff); offset--)
    if (view.getUint32(offset, true) === END) return offset;
  throw corrupt(at, 'a zip archive', 'one that is cut off');
}

function corrupt(at: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('FILE_CORRUPT', { at, expected, got, fix: 'Fetch or save the file again.' });
}

/** A zip archive of files that are stored as they are. */
export function writeZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  const push = (list: Uint8Array[], bytes: Uint8Array): void => void list.push(bytes);
  for (const [name, bytes] of files) {
    const words = new TextEncoder().encode(name);
    // Version 0, no flags, stored, no date; check sum, both sizes; lengths of name and extra field.
    const common = fields([2, 0], [2, 0], [2, 0], [4, 0], [4, crc32(bytes)], [4, bytes.length], [4, bytes.length]);
    const lengths = fields([2, words.length], [2, 0]);
    push(directory, fields([4, CENTRAL], [2, 0]));
    for (const each of [common, lengths, fields([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), words])
      push(directory, each);
    for (const each of [fields([4, LOCAL]), common, lengths, words, bytes]) {
      push(parts, each);
      offset += each.length;
    }
  }
  const central = joined(directory);
  const count = files.size;
  const end = fields([4, END], [2, 0], [2, 0], [2, count], [2, count], [4, central.length], [4, offset], [2, 0]);
  return joined([...parts, central, end]);
}

/** Little-endian numbers of 2 or 4 bytes. */
function fields(...all: readonly (readonly [bytes: 2 | 4, value: number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(all.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of all) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

/** One array of several. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 255]! ^ (sum >>> 8);
  return ~sum >>> 0;
}

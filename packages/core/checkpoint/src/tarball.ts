import { AdapterFusionError } from '@adapterfusion/contracts';

const BLOCK = 512;
/** What any archive may expand to. */
const ALWAYS = 64 * 2 ** 20;
/** How many times its own size a larger one may expand to: trained weights hardly shrink. */
const RATIO = 50;

/**
 * Reads what `npm pack` writes: a gzipped tar of plain files below one folder. Nothing is written anywhere.
 * @param at the file's name, for messages
 * @returns bytes by path below that folder
 * @throws FILE_CORRUPT for what is no such archive, is truncated or damaged, holds links, or paths that leave the folder, and
 * for one that expands beyond 64 MiB and 50 times its size
 */
export async function readTarball(packed: Uint8Array, at: string): Promise<Map<string, Uint8Array>> {
  const bytes = await unzip(packed, at);
  const files = new Map<string, Uint8Array>();
  let longPath: string | undefined;
  for (let offset = 0; offset + BLOCK <= bytes.length;) {
    const header = bytes.subarray(offset, offset + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    checkSum(header, at);
    const size = octal(header, 124, 12, at);
    const from = offset + BLOCK;
    if (from + size > bytes.length) throw corrupt(at, `${size} bytes after a header`, `${bytes.length - from}`);
    const content = bytes.subarray(from, from + size);
    offset = from + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156]!);
    if (type === 'x') longPath = paxPath(content);
    else if (type === '0' || type === '\0') {
      const prefix = text(header, 345, 155);
      const path = longPath ?? (prefix === '' ? '' : `${prefix}/`) + text(header, 0, 100);
      longPath = undefined;
      // The folder that npm puts everything in has no meaning.
      files.set(within(path, at).slice(1).join('/'), content);
    } else if (!['5', 'g'].includes(type)) throw corrupt(at, 'plain files', `an entry of type "${type}"`);
  }
  throw corrupt(at, 'two empty blocks at its end', 'none');
}

async function unzip(packed: Uint8Array, at: string): Promise<Uint8Array> {
  const most = Math.max(ALWAYS, RATIO * packed.length);
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'));
    for (const reader = stream.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > most) {
        await reader.cancel();
        throw corrupt(at, `an archive that expands to at most ${most} bytes`, 'more');
      }
      parts.push(value);
    }
  } catch (error) {
    throw AdapterFusionError.is(error) ? error : corrupt(at, 'a gzipped archive', 'bytes that are none', error);
  }
  const all = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function checkSum(header: Uint8Array, at: string): void {
  let sum = 8 * 32;
  for (let index = 0; index < BLOCK; index++) if (index < 148 || index >= 156) sum += header[index]!;
  if (sum !== octal(header, 148, 8, at)) throw corrupt(at, 'a tar header', 'a wrong check sum');
}

function text(bytes: Uint8Array, from: number, length: number): string {
  const field = bytes.subarray(from, from + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(header: Uint8Array, from: number, length: number, at: string): number {
  const digits = text(header, from, length).trim();
  if (!/^[0-7]+$/.test(digits)) throw corrupt(at, 'a number in a tar header', JSON.stringify(digits));
  return Number.parseInt(digits, 8);
}

/** The path in a header of POSIX's extended format, lines `LENGTH key=value`. */
function paxPath(content: Uint8Array): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]+)/.exec(new TextDecoder().decode(content))?.[1];
}

/** The segments of a path that does not leave its folder. */
function within(path: string, at: string): string[] {
  const parts = path.split('/');
  if (parts.length < 2 || parts.some((part) => ['', '.', '..'].includes(part)) || /[\\:\0]/.test(path))
    throw corrupt(at, 'paths within one folder', JSON.stringify(path));
  return parts;
}

function corrupt(at: string, expected: string, got: string, cause?: unknown): AdapterFusionError {
  const fix = 'Fetch or pack it again.';
  return new AdapterFusionError('FILE_CORRUPT', { at, expected, got, fix, ...(cause === undefined ? {} : { cause }) });
}

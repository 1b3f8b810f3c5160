import { invalid } from './invalid.js';

/** How bytes become text: as UTF-8, where others are refused or, `utf-8-lossy`, replaced by U+FFFD; as Windows-1252 or Latin-1, where every byte is a character. */
export type TextEncoding = 'utf-8' | 'utf-8-lossy' | 'windows-1252' | 'latin1';

/** All of {@link TextEncoding}. */
export const TEXT_ENCODINGS = ['utf-8', 'utf-8-lossy', 'windows-1252', 'latin1'] as const;

/** Where a part of a file begins: bytes before it, and its first line, counted from 1. */
interface Start {
  readonly offset: number;
  readonly line: number;
}

const BEGINNING: Start = { offset: 0, line: 1 };

/**
 * Text of a file, without its byte-order mark.
 * @param at how to call the file in messages
 * @param encoding default `utf-8`
 * @throws DATA_INVALID with the line of the first byte that is not UTF-8, of a NUL byte, or for an empty file
 */
export function decodeText(bytes: Uint8Array, at: string, encoding: TextEncoding = 'utf-8'): string {
  const text = decodePart(bytes, at, encoding, BEGINNING);
  if (text.trim() === '') throw emptyFile(at);
  return text;
}

export const emptyFile = (at: string): Error =>
  invalid(at, 'rows', 'an empty file', 'Check that the file was written completely.');

/** Text of a part of a file that ends where a line does. @throws DATA_INVALID */
export function decodePart(bytes: Uint8Array, at: string, encoding: TextEncoding, start: Start): string {
  const lineAt = (offset: number): number => start.line + lineEnds(bytes.subarray(0, offset));
  const nul = bytes.indexOf(0);
  if (nul >= 0)
    throw invalid(
      `${at}:${lineAt(nul)}`,
      'text in UTF-8',
      `a NUL byte at offset ${start.offset + nul}`,
      'Save the file as UTF-8 text.',
    );
  if (encoding === 'latin1' || encoding === 'windows-1252') return singleBytes(bytes, encoding);
  try {
    return new TextDecoder('utf-8', { fatal: encoding === 'utf-8', ignoreBOM: start.offset > 0 }).decode(bytes);
  } catch (cause) {
    const bad = firstBadByte(bytes);
    const byte = bytes[bad]!.toString(16).padStart(2, '0');
    throw invalid(
      `${at}:${lineAt(bad)}`,
      'text in UTF-8',
      `the byte 0x${byte} at offset ${start.offset + bad}`,
      'Save the file as UTF-8; or name its encoding, "windows-1252" for many spreadsheets of Western Europe and America; or read it with encoding "utf-8-lossy".',
      cause,
    );
  }
}

/** The characters of Windows-1252 at 0x80 to 0x9f, in which it differs from Latin-1. Node 20's own decoder takes them for Latin-1. */
const WINDOWS = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

const singleBytes = (bytes: Uint8Array, encoding: 'windows-1252' | 'latin1'): string =>
  Array.from(bytes, (byte) =>
    encoding === 'windows-1252' && byte >= 0x80 && byte < 0xa0 ? WINDOWS[byte - 0x80]! : String.fromCharCode(byte),
  ).join('');

/** How many lines end in these bytes, by LF, CR or both. */
export function lineEnds(bytes: Uint8Array): number {
  let lines = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0x0a || (bytes[i] === 0x0d && bytes[i + 1] !== 0x0a)) lines++;
  return lines;
}

/**
 * Offset of the first byte at which the text stops being UTF-8: the end of the longest prefix that decodes, or the byte that
 * begins a character there which is not finished.
 */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  if (decodes(bytes.subarray(0, good), true)) return good;
  for (let back = 1; back <= Math.min(3, good); back++) {
    const byte = bytes[good - back]!;
    if (byte >= 0xc0) return good - back;
  }
  return good;
}

/** @param whole whether the last character has to be finished */
function decodes(prefix: Uint8Array, whole = false): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(prefix, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}

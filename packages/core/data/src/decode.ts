import { invalid } from './invalid.js';

/**
 * Text of a file, without its byte-order mark.
 * @param at how to call the file in messages
 * @param encoding `utf-8` refuses bytes that are not UTF-8; `utf-8-lossy` puts U+FFFD in their place
 * @throws DATA_INVALID with the line of the first byte that is not UTF-8, of a NUL byte, or for an empty file
 */
export function decodeText(bytes: Uint8Array, at: string, encoding: 'utf-8' | 'utf-8-lossy' = 'utf-8'): string {
  const nul = bytes.indexOf(0);
  if (nul >= 0)
    throw invalid(
      `${at}:${lineOf(bytes, nul)}`,
      'text in UTF-8',
      `a NUL byte at offset ${nul}`,
      'Save the file as UTF-8 text.',
    );
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: encoding === 'utf-8' }).decode(bytes);
  } catch (cause) {
    const bad = firstBadByte(bytes);
    const byte = bytes[bad]!.toString(16).padStart(2, '0');
    throw invalid(
      `${at}:${lineOf(bytes, bad)}`,
      'text in UTF-8',
      `the byte 0x${byte} at offset ${bad}`,
      'Save the file as UTF-8, or read it with encoding "utf-8-lossy".',
      cause,
    );
  }
  if (text.trim() === '') throw invalid(at, 'rows', 'an empty file', 'Check that the file was written completely.');
  return text;
}

/** Offset of the first byte at which the text stops being UTF-8: the end of the longest prefix that decodes. */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function decodes(prefix: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(prefix, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function lineOf(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let i = 0; i < offset; i++) if (bytes[i] === 0x0a) line++;
  return line;
}

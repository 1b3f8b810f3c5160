import { AdapterFusionError, type FileBytes } from '@adapterfusion/contracts';
import { decodePart, emptyFile, lineEnds, type TextEncoding } from './decode.js';
import { chunksOf, isGzip } from './file-bytes.js';
import { invalid } from './invalid.js';
import { joinBytes } from './join-bytes.js';

/** Whole lines of a file. */
export interface TextBlock {
  readonly text: string;
  /** The first of them, counted from 1. */
  readonly line: number;
}

export const LINE_END = /\r\n|\n|\r/;

/**
 * The text of a file, about a megabyte at a time; unpacked where it is gzip.
 * @throws DATA_INVALID with `file:line`: empty file, NUL byte, not UTF-8, gzip that breaks off
 */
export async function* textBlocks(file: FileBytes, at: string, encoding: TextEncoding): AsyncGenerator<TextBlock> {
  let [line, offset, blank] = [1, 0, true];
  let held: Uint8Array[] = [];
  const take = (bytes: Uint8Array): TextBlock => {
    const block = { text: decodePart(bytes, at, encoding, { offset, line }), line };
    blank &&= block.text.trim() === '';
    line += lineEnds(bytes);
    offset += bytes.length;
    return block;
  };
  try {
    for await (const chunk of chunksOf(file)) {
      const end = chunk.lastIndexOf(0x0a) + 1;
      if (end > 0) {
        const block = take(joinBytes([...held, chunk.subarray(0, end)]));
        held = [];
        yield block;
      }
      if (end < chunk.length) held.push(chunk.subarray(end));
    }
  } catch (cause) {
    if (AdapterFusionError.is(cause) || !(await isGzip(file))) throw cause;
    const got = cause instanceof Error ? cause.message : String(cause);
    throw invalid(`${at}:${line}`, 'a complete gzip file', got, 'Fetch the file again, or pack it again.', cause);
  }
  if (held.length > 0) yield take(joinBytes(held));
  if (blank) throw emptyFile(at);
}

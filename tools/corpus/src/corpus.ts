import { sha256 } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { unpack } from './unpack.js';

/** A corpus, read. */
export interface Corpus {
  readonly path: string;
  readonly paragraphs: readonly string[];
}

/** SHA-256 of the file as it lies there. @throws FILE_NOT_FOUND */
export async function corpusHash(files: Files, path: string): Promise<string> {
  return sha256(await files.read(path));
}

/**
 * Reads a corpus of one paragraph a line; empty lines are left out.
 * @param path text in UTF-8, packed with Zstandard when its name ends in `.zst`
 * @throws FILE_NOT_FOUND; FILE_CORRUPT for a packed file that does not unpack; DATA_INVALID for an empty file or one that
 * is not UTF-8, with the line
 */
export async function readCorpus(files: Files, path: string): Promise<Corpus> {
  const bytes = await files.read(path);
  const text = path.endsWith('.zst') && bytes.length > 0 ? await unpack(bytes, path) : bytes;
  const paragraphs: string[] = [];
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let start = 0, line = 1; start < text.length; line++) {
    const found = text.indexOf(0x0a, start);
    const end = found < 0 ? text.length : found;
    const paragraph = decode(decoder, text.subarray(start, end), `${path}:${line}`).trim();
    if (paragraph !== '') paragraphs.push(paragraph);
    start = end + 1;
  }
  if (paragraphs.length > 0) return { path, paragraphs };
  throw new AdapterFusionError('DATA_INVALID', {
    at: path,
    expected: 'a corpus of text, one paragraph a line',
    got: 'an empty file',
    fix: 'Check that the file was written completely.',
  });
}

function decode(decoder: TextDecoder, line: Uint8Array, at: string): string {
  try {
    return decoder.decode(line);
  } catch (cause) {
    throw new AdapterFusionError('DATA_INVALID', {
      at,
      expected: 'text in UTF-8',
      got: 'bytes that are not',
      fix: 'Save the corpus as UTF-8.',
      cause,
    });
  }
}

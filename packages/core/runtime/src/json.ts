import { parseJsonObject } from '@adapterfusion/checkpoint';
import type { Files } from '@adapterfusion/contracts';

/** A JSON object from a file. @throws FILE_NOT_FOUND; FILE_CORRUPT for what is not a JSON object in UTF-8 */
export async function readJson(files: Files, at: string): Promise<{ readonly [key: string]: unknown }> {
  return parseJsonObject(await files.read(at), 'FILE_CORRUPT', at, 'a JSON object', 'Fetch the file again.');
}

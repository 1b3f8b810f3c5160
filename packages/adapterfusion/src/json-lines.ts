import { parseJsonObject } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { filesOf } from './platform.js';
import type { Input } from './prediction.js';

/**
 * Reads inputs from a file of JSON lines: objects with the fields of a task kind, `{"text": …, "pair": …}` for example. Each
 * gets its place as `at`, for messages; other keys are left alone.
 * @throws FILE_NOT_FOUND; DATA_INVALID with `file:line` for a line that is no object, and for a file without any
 */
export async function readInputs(path: string, files?: Files): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const { line, bytes } of linesOf(await filesOf(files).read(path))) {
    const at = `${path}:${line}`;
    const fields = parseJsonObject(bytes, 'DATA_INVALID', at, 'a JSON object', 'Write one object a line.');
    inputs.push({ ...fields, at });
  }
  if (inputs.length > 0) return inputs;
  throw new AdapterFusionError('DATA_INVALID', {
    at: path,
    expected: 'a line with an object for each input',
    got: 'an empty file',
    fix: 'Check that it was written completely.',
  });
}

/** Writes objects as JSON lines, the file whole or not at all. @throws FILE_WRITE_FAILED */
export async function writeJsonLines(path: string, objects: readonly object[], files?: Files): Promise<void> {
  const text = objects.map((object) => `${JSON.stringify(object)}\n`).join('');
  await filesOf(files).write(path, new TextEncoder().encode(text));
}

/** The lines that are not blank, counted from 1. */
function* linesOf(bytes: Uint8Array): Generator<{ line: number; bytes: Uint8Array }> {
  for (let from = 0, line = 1; from < bytes.length; line++) {
    const end = bytes.indexOf(10, from);
    const to = end < 0 ? bytes.length : end;
    const own = bytes.subarray(from, to);
    if (own.some((byte) => byte > 32)) yield { line, bytes: own };
    from = to + 1;
  }
}

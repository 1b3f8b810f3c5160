import { parseJsonObject } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { filesOf } from './platform.js';
import type { Input } from './prediction.js';

/**
 * Reads inputs from a file of JSON lines, `{"text": …, "pair": …}` or `{"text": …, "choices": […]}`; other keys are left
 * alone.
 * @throws FILE_NOT_FOUND; DATA_INVALID with `file:line` for a line that is no such object, and for a file without any
 */
export async function readInputs(path: string, files?: Files): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const { line, bytes } of linesOf(await filesOf(files).read(path))) {
    const at = `${path}:${line}`;
    const { text, pair, choices } = parseJsonObject(
      bytes,
      'DATA_INVALID',
      at,
      'a JSON object',
      'Write one object a line.',
    );
    const first = checkText(text, 'text', at);
    if (choices !== undefined && choices !== null) inputs.push({ text: first, choices: checkChoices(choices, at) });
    else inputs.push(pair === undefined || pair === null ? first : { text: first, pair: checkText(pair, 'pair', at) });
  }
  if (inputs.length > 0) return inputs;
  throw new AdapterFusionError('DATA_INVALID', {
    at: path,
    expected: 'a line {"text": …} for each input',
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

function checkText(value: unknown, key: string, at: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new AdapterFusionError('DATA_INVALID', {
    at,
    expected: `text in "${key}"`,
    got: JSON.stringify(value) ?? 'nothing',
    fix: 'Fill in the text or remove the line.',
  });
}

function checkChoices(value: unknown, at: string): string[] {
  if (Array.isArray(value) && value.length > 1) return value.map((each) => checkText(each, 'choices', at));
  throw new AdapterFusionError('DATA_INVALID', {
    at,
    expected: 'at least two texts in "choices"',
    got: JSON.stringify(value),
    fix: 'Write them as a list.',
  });
}

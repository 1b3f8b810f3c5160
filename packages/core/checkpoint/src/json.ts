import { AdapterFusionError, type ErrorCode } from '@adapterfusion/contracts';

/**
 * Parses JSON that a machine wrote: strict UTF-8, an object at the top, no key twice in one object, no nesting deeper
 * than 100.
 * @param code what a refusal is thrown as
 * @param at the file, for messages
 * @param what what the bytes should be, for messages
 * @param fix what to do, for messages
 */
export function parseJsonObject(
  bytes: Uint8Array,
  code: ErrorCode,
  at: string,
  what: string,
  fix: string,
): Record<string, unknown> {
  const fail = (got: string, cause?: unknown) =>
    new AdapterFusionError(code, { at, expected: what, got, fix, ...(cause === undefined ? {} : { cause }) });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw fail('bytes that are not UTF-8', cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fail(`text that is not JSON (${(cause as SyntaxError).message})`, cause);
  }
  if (!isObject(value)) throw fail('JSON that is not an object');
  const wrong = flaw(text);
  if (wrong !== undefined) throw fail(wrong);
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for a message, cut short. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'none';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

const COLON = /\s*:/y;

/** What is wrong with a valid JSON text: nesting that no file of ours has, or a key that `JSON.parse` would drop. */
function flaw(text: string): string | undefined {
  const keys: Set<string>[] = [];
  for (const marks = /["[\]{}]/g; marks.test(text);) {
    let end = marks.lastIndex;
    const start = end - 1;
    if (text[start] !== '"') {
      if ('[{'.includes(text[start]!)) keys.push(new Set());
      else keys.pop();
      if (keys.length > 100) return 'nesting deeper than 100';
      continue;
    }
    while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    marks.lastIndex = COLON.lastIndex = ++end;
    if (!COLON.test(text)) continue;
    const written = text.slice(start, end);
    const key = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
    if (keys.at(-1)!.has(key)) return `the key ${shown(key)} twice`;
    keys.at(-1)!.add(key);
  }
  return undefined;
}

import { AdapterFusionError, type JsonValue } from '@adapterfusion/contracts';

/**
 * Splits `name[key=value,key=value]`. A value is JSON where it parses as such (`16`, `true`, `null`, `{"0":4}`), otherwise
 * the text as it is.
 * @throws OPTIONS_INVALID for brackets that do not match or a part without `=`
 */
export function parseMethod(method: string): { name: string; options: { [key: string]: JsonValue } } {
  const match = /^([^[\]]+)(?:\[(.*)\])?$/s.exec(method.trim());
  if (!match) throw malformed(method, method);
  const options: { [key: string]: JsonValue } = {};
  for (const part of splitOutside(match[2] ?? '')) {
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.+?)\s*$/s.exec(part) ?? [];
    if (key === undefined || value === undefined) throw malformed(method, part);
    options[key] = parseValue(value);
  }
  return { name: match[1]!.trim(), options };
}

function parseValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/** Splits at commas that are not inside braces or brackets. */
function splitOutside(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let index = 0; index <= text.length; index++) {
    const character = text[index];
    if (character === '{' || character === '[') depth++;
    if (character === '}' || character === ']') depth--;
    if (index === text.length || (character === ',' && depth === 0)) {
      if (text.slice(from, index).trim() !== '') parts.push(text.slice(from, index));
      from = index + 1;
    }
  }
  return parts;
}

const malformed = (method: string, part: string): AdapterFusionError =>
  new AdapterFusionError('OPTIONS_INVALID', {
    at: method,
    expected: 'name or name[option=value,…]',
    got: JSON.stringify(part),
    fix: 'For example "seq_bn[reduction_factor=16]".',
  });

import { AdapterFusionError } from '@adapterfusion/contracts';
import { decodeText } from '@adapterfusion/data';

/** A sentence with its class. */
export interface Sentence {
  readonly text: string;
  readonly label: 0 | 1;
  /** Its letters and digits in lower case and nothing between, by which duplicates are found and splits are drawn. */
  readonly key: string;
  /** `file[index]` */
  readonly at: string;
}

/**
 * The sentences of a file `[{ "text", "class" }]` in its order, without space around them. Rows whose class is null are
 * left out, and so is every sentence whose letters and digits were there before.
 * @throws DATA_INVALID with `file[index]`: not UTF-8, not such a list, a class that is not 0, 1 or null, an empty text, one
 * sentence with both classes
 */
export function readSentences(bytes: Uint8Array, at: string): Sentence[] {
  const rows = parse(decodeText(bytes, at), at);
  const sentences = new Map<string, Sentence>();
  for (const [index, row] of rows.entries()) {
    const where = `${at}[${index}]`;
    const { text, label } = check(row, where);
    if (label === null) continue;
    const key = keyOf(text);
    const before = sentences.get(key);
    if (before !== undefined && before.label !== label)
      throw invalid(where, `the class that ${before.at} has`, `${label} for the same sentence`, 'Correct one of them.');
    if (before === undefined) sentences.set(key, { text: text.trim(), label, key, at: where });
  }
  return [...sentences.values()];
}

/** What makes two sentences the same. */
const keyOf = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

function parse(text: string, at: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(at, 'JSON', cause instanceof Error ? cause.message : String(cause), 'Install the package again.');
  }
  if (!Array.isArray(value)) throw invalid(at, 'a list of rows', typeof value, 'Give the file as it is published.');
  return value;
}

function check(row: unknown, at: string): { text: string; label: 0 | 1 | null } {
  const { text, class: label } = (row ?? {}) as { readonly text?: unknown; readonly class?: unknown };
  if (typeof text !== 'string' || (label !== 0 && label !== 1 && label !== null))
    throw invalid(
      at,
      'a text and a class, 0, 1 or null',
      (JSON.stringify(row) ?? 'nothing').slice(0, 60),
      'Give the file as it is published.',
    );
  if (label !== null && keyOf(text) === '')
    throw invalid(at, 'a text with a letter or digit', JSON.stringify(text), 'Remove the row.');
  return { text, label };
}

function invalid(at: string, expected: string, got: string, fix: string): AdapterFusionError {
  return new AdapterFusionError('DATA_INVALID', { at, expected, got, fix });
}

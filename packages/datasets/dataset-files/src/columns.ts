import { AdapterFusionError } from '@adapterfusion/contracts';
import { checkColumns } from '@adapterfusion/data';
import type { FilesOptions } from './options.js';

/** The columns of a file that are read. */
export interface ChosenColumns {
  readonly text: string;
  readonly pair?: string;
  readonly label: string;
}

const PAIRS = [
  ['text', 'pair'],
  ['text', 'text2'],
  ['text1', 'text2'],
  ['text_a', 'text_b'],
  ['sentence1', 'sentence2'],
  ['sentence_a', 'sentence_b'],
  ['premise', 'hypothesis'],
  ['question1', 'question2'],
  ['question', 'sentence'],
  ['question', 'passage'],
] as const;
const TEXTS = ['text', 'sentence', 'review', 'content', 'question', 'premise', 'sentence1'];
const LABELS = ['label', 'gold_label', 'class', 'labels', 'category', 'target', 'score'];

/**
 * The columns that the options name, and for the rest those whose names are usual; case does not count.
 * @param found columns of the file
 * @param at how to call the file in messages
 * @throws DATA_INVALID for a named column that is not there, and where none has a usual name
 */
export function chooseColumns(options: FilesOptions, found: readonly string[], at: string): ChosenColumns {
  const named = [options.text, options.pair, options.label, options.id].filter((name) => typeof name === 'string');
  checkColumns(found, named, at);
  const label = options.label ?? pick('label', LABELS, found, at);
  if (options.text !== null || options.pair !== null) {
    const text = options.text ?? pick('text', TEXTS, found, at);
    return typeof options.pair === 'string' ? { text, pair: options.pair, label } : { text, label };
  }
  for (const [first, second] of PAIRS) {
    const [text, pair] = [usual(first, found), usual(second, found)];
    if (text !== undefined && pair !== undefined) return { text, pair, label };
  }
  return { text: pick('text', TEXTS, found, at), label };
}

function pick(option: string, candidates: readonly string[], found: readonly string[], at: string): string {
  const name = candidates.map((candidate) => usual(candidate, found)).find((match) => match !== undefined);
  if (name !== undefined) return name;
  throw new AdapterFusionError('DATA_INVALID', {
    at,
    expected: `a column for the ${option}, such as ${candidates.slice(0, 3).join(', ')}`,
    got: `the columns ${found.map((column) => JSON.stringify(column)).join(', ')}`,
    fix: `Name it with the option "${option}" (--${option}).`,
  });
}

function usual(name: string, found: readonly string[]): string | undefined {
  return found.find((column) => column.toLowerCase() === name);
}

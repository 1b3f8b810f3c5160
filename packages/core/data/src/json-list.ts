import { invalid, shown } from './invalid.js';
import { jsonLines, type JsonText } from './json-rows.js';
import type { TextBlock } from './text-blocks.js';

const FIX = 'Write a list of objects, [{…}, {…}], or one object a line in a file that ends in .jsonl.';

/**
 * The objects of a JSON file: of a list of them, or one a line, which the first character tells.
 * @throws as {@link jsonList}
 */
export async function* jsonTexts(blocks: AsyncGenerator<TextBlock>, at: string): AsyncGenerator<JsonText> {
  const held: TextBlock[] = [];
  let begins = '';
  while (begins === '') {
    const next = await blocks.next();
    if (next.done) break;
    held.push(next.value);
    begins = next.value.text.trim().slice(0, 1);
  }
  const all = after(held, blocks);
  yield* begins === '{' ? jsonLines(all) : jsonList(all, at);
}

async function* after(held: readonly TextBlock[], rest: AsyncIterable<TextBlock>): AsyncGenerator<TextBlock> {
  yield* held;
  yield* rest;
}

/**
 * The objects of a file that holds a list of them, one after the other: only one is in memory.
 * @throws DATA_INVALID with `file:line` for anything else, and for a list that breaks off
 */
async function* jsonList(blocks: AsyncIterable<TextBlock>, at: string): AsyncGenerator<JsonText> {
  /** What comes next outside objects. */
  let wants: '[' | '{ or ]' | ', or ]' | '{' | 'the end of the file' = '[';
  let [depth, inString, escaped, line] = [0, false, false, 1];
  let object: { parts: string[]; line: number } | undefined;
  for await (const { text } of blocks) {
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const char = text[i]!;
      if (char === '\n') line++;
      if (inString) {
        if (escaped) escaped = false;
        else if (char === '\\') escaped = true;
        else if (char === '"') inString = false;
      } else if (object) {
        if (char === '"') inString = true;
        else if (char === '{' || char === '[') depth++;
        else if ((char === '}' || char === ']') && --depth === 0) {
          yield { text: [...object.parts, text.slice(from, i + 1)].join(''), line: object.line };
          object = undefined;
          wants = ', or ]';
        }
      } else if (char.trim() === '') continue;
      else if (!wants.split(' or ').includes(char))
        throw invalid(`${at}:${line}`, wants, shown(text.slice(i, i + 40)), FIX);
      else if (char === '{') [object, from, depth] = [{ parts: [], line }, i, 1];
      else wants = char === '[' ? '{ or ]' : char === ',' ? '{' : 'the end of the file';
    }
    if (object) object.parts.push(text.slice(from));
  }
  if (wants !== 'the end of the file' || object)
    throw invalid(`${at}:${line}`, object ? 'the end of an object' : wants, 'the end of the file', FIX);
}

/** Names of the labels. */
const LABELS = { '+': 'kind', '-': 'unkind' } as const;

/** Each label needs so many, so that there is something to learn. */
const LEAST = 2;

/**
 * Sentences of a text field as a file of rows, `text` and `label`.
 * @param text one sentence a line, `+` or `-` before it; empty lines are passed over
 * @param what for messages
 * @throws an error with the line that cannot be used, or with the label that has too few
 */
export function rowsOf(text: string, what: string): string {
  const counts = { '+': 0, '-': 0 };
  const rows = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const [, sign, sentence] = /^\s*([+-])\s*(\S.*?)\s*$/.exec(line) ?? [];
    if (sentence === undefined)
      throw new Error(`${what}, line ${index + 1}: expected "+ a sentence" or "- a sentence"; got "${line.trim()}".`);
    counts[sign as keyof typeof LABELS]++;
    return [`${sentence.replaceAll('\t', ' ')}\t${LABELS[sign as keyof typeof LABELS]}`];
  });
  for (const [sign, count] of Object.entries(counts))
    if (count < LEAST) throw new Error(`${what}: expected at least ${LEAST} sentences with "${sign}"; got ${count}.`);
  return `text\tlabel\n${rows.join('\n')}\n`;
}

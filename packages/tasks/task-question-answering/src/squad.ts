const ASCII_PUNCTUATION = /[!-/:-@[-`{-~]/g;

/** Words as SQuAD's script compares them: lower case, without ASCII punctuation and the articles. */
const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .replace(ASCII_PUNCTUATION, '')
    .replace(/\b(a|an|the)\b/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');

const exact = (prediction: string, target: string): number =>
  Number(wordsOf(prediction).join(' ') === wordsOf(target).join(' '));

function overlap(prediction: string, target: string): number {
  const [given, wanted] = [wordsOf(prediction), wordsOf(target)];
  if (given.length === 0 || wanted.length === 0) return Number(given.length === wanted.length);
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let same = 0;
  for (const word of given) {
    const count = left.get(word) ?? 0;
    if (count > 0) same++;
    left.set(word, count - 1);
  }
  return (2 * same) / (given.length + wanted.length);
}

const best = (score: (prediction: string, target: string) => number, prediction: string, targets: readonly string[]) =>
  targets.length === 0 ? score(prediction, '') : Math.max(...targets.map((target) => score(prediction, target)));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The share of answers that equal one of the right ones, as SQuAD's script (versions 1.1 and 2.0), from 0 to 1. */
export const exactMatch = (predictions: readonly string[], targets: readonly (readonly string[])[]): number =>
  mean(predictions.map((prediction, row) => best(exact, prediction, targets[row]!)));

/** Mean F1 of the words of an answer and of the right one nearest to it, as SQuAD's script, from 0 to 1. */
export const answerF1 = (predictions: readonly string[], targets: readonly (readonly string[])[]): number =>
  mean(predictions.map((prediction, row) => best(overlap, prediction, targets[row]!)));

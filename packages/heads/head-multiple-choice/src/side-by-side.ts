import type { Tensor } from '@adapterfusion/contracts';
import { add, gatherRows, intTensor, mul, reshape, tensor } from '@adapterfusion/tensor';

/** What a choice scores that is not there: no probability in float32. */
const ABSENT = -1e9;

/**
 * Scores of inputs as a row for each question.
 * @param scores `[inputs, 1]`
 * @param choices inputs of each row, one after another
 * @returns `[rows, most choices]`, the caller's
 */
export function sideBySide(scores: Tensor, choices: readonly number[]): Tensor {
  const [rows, most] = [choices.length, Math.max(...choices)];
  const inputs = choices.reduce((sum, count) => sum + count, 0);
  if (inputs !== scores.shape[0]) throw new TypeError(`${inputs} choices, but ${scores.shape[0]} inputs`);
  if (inputs === rows * most) return reshape(scores, [rows, most]);
  const from = new Int32Array(rows * most);
  const there = new Float32Array(rows * most);
  let input = 0;
  choices.forEach((count, row) => {
    for (let choice = 0; choice < count; choice++) {
      from[row * most + choice] = input++;
      there[row * most + choice] = 1;
    }
  });
  const placed = reshape(gatherRows(scores, intTensor(from, [rows * most])), [rows, most]);
  const absent = tensor(
    there.map((one) => (1 - one) * ABSENT),
    [rows, most],
  );
  return add(mul(placed, tensor(there, [rows, most])), absent);
}

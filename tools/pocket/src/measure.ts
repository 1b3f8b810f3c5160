import { pad, evaluationBatches } from '@adapterfusion/text';
import { DistilModel, type LossValues } from './distil-model.js';
import { WEIGHTS } from './losses.js';
import type { Prepared } from './prepare.js';
import type { Workshop } from './recipe.js';
import { rowOf } from './rows.js';
import { studentTensors, type SavedStudent } from './saved-student.js';
import { stopWhereAsked } from './stop.js';
import type { Targets } from './targets.js';

/** Rows at once: as many as in training, because similarities are taken within a batch. */
const BATCH = 64;

/** The mean losses of a student on the rows that were held out, with always the same words hidden. @throws ABORTED */
export async function measureHeldOut(
  { recipe, signal }: Workshop,
  { rows, tokenizer }: Prepared,
  targets: Targets,
  student: SavedStudent,
): Promise<LossValues> {
  const model = new DistilModel(recipe, studentTensors(student), targets, tokenizer.maskId!);
  try {
    const lengths = Array.from({ length: recipe.heldOut }, (_, row) => rows.starts[row + 1]! - rows.starts[row]!);
    const names = Object.keys(WEIGHTS) as (keyof LossValues)[];
    const sums = { states: 0, similarity: 0, words: 0 };
    for (const [microBatch, indices] of evaluationBatches(lengths, BATCH).entries()) {
      stopWhereAsked(signal);
      const batch = pad(
        indices.map((index) => ({ group: [rowOf(rows, index)] })),
        { padId: tokenizer.padId },
      );
      const found = await model.measure(batch, indices, { seed: 0, step: 0, microBatch });
      for (const name of names) sums[name] += (found[name] * indices.length) / recipe.heldOut;
    }
    return sums;
  } finally {
    model.dispose();
  }
}

import type { TrainEvent } from '@adapterfusion/contracts';
import { currentBackend } from '@adapterfusion/tensor';
import { checkpointStore, trainLoop, type LoopTask, type TrainingRow } from '@adapterfusion/training';
import { settingsOf } from './check-recipe.js';
import { DistilModel } from './distil-model.js';
import { WEIGHTS } from './losses.js';
import { duration } from './pace.js';
import type { Prepared } from './prepare.js';
import { readProgress, writeProgress } from './progress.js';
import type { Recipe, Workshop } from './recipe.js';
import { rowOf } from './rows.js';
import { stopped } from './stop.js';
import { initialStudent } from './student.js';
import type { Targets } from './targets.js';
import { loadTeacher } from './teacher.js';

/** Name of the training phase, which its checkpoints carry. */
export const PHASE = 'distil';

/** Where the checkpoints lie. */
export const storeOf = ({ files, recipe }: Workshop) => checkpointStore(files, files.join(recipe.state, 'checkpoints'));

/**
 * Trains the student on every row but those held out, from the newest checkpoint on.
 * @throws what `trainLoop` throws; ABORTED
 */
export async function distil(workshop: Workshop, prepared: Prepared, targets: Targets): Promise<void> {
  const { recipe, files, signal, report } = workshop;
  const teacher = await loadTeacher(files, recipe.teacher);
  const tensors = await initialStudent(recipe, teacher, prepared);
  teacher.dispose();
  const model = new DistilModel(recipe, tensors, targets, prepared.tokenizer.maskId!);
  try {
    const rows: TrainingRow[] = [];
    for (let index = recipe.heldOut; index < prepared.rows.firsts.length; index++)
      rows.push({ group: [rowOf(prepared.rows, index)], target: index });
    const events = trainLoop({
      model,
      tasks: [{ head: 'none', rows, metrics: [], kind: PLACES }],
      phase: { name: PHASE, trains: () => true, settings: settingsOf(recipe) },
      backend: currentBackend(),
      checkpoint: storeOf(workshop),
      identity: identityOf(recipe, prepared, teacher.fingerprint),
      signal,
      warn: (warning) => report(`${warning.code}: ${warning.message}`),
    });
    await follow(workshop, events);
  } finally {
    model.dispose();
  }
}

/** A row's target is its own place. Nothing is measured. */
const PLACES: LoopTask['kind'] = {
  labels: [],
  metrics: [],
  collate: (places: readonly number[]) => ({ places: { data: Int32Array.from(places), shape: [places.length] } }),
  decode: () => ({}),
  prediction: () => undefined,
  target: () => undefined,
};

/** What a student is made of beside the settings of its training, as its checkpoints name it. @param teacher its fingerprint */
export function identityOf(recipe: Recipe, { hash: rows }: Prepared, teacher: string): string {
  const { layers, hidden, heads, inner, vocabulary } = recipe;
  return JSON.stringify({ rows, teacher, losses: WEIGHTS, layers, hidden, heads, inner, vocabulary });
}

/** Reports, and keeps count of time and tokens beside the checkpoints. */
async function follow(workshop: Workshop, events: AsyncIterable<TrainEvent>): Promise<void> {
  const { report } = workshop;
  let counted = { step: 0, seconds: 0, tokens: 0 };
  let [last, loss, steps, tokens, seconds] = [performance.now(), 0, 0, 0, 0];
  for await (const event of events) {
    if (event.type === 'start') {
      counted = await readProgress(workshop, event.resumedAt);
      report(`distil: ${event.rows} rows, ${event.trainable} parameters, step ${event.resumedAt} of ${event.steps}`);
    } else if (event.type === 'step') {
      counted = {
        step: event.step,
        seconds: counted.seconds + event.seconds,
        tokens: counted.tokens + event.tokens,
      };
      [loss, steps, tokens, seconds] = [loss + event.loss, steps + 1, tokens + event.tokens, seconds + event.seconds];
      if (performance.now() - last < 10_000) continue;
      const left = duration(((event.steps - event.step) * seconds) / steps);
      report(
        `distil: step ${event.step} of ${event.steps}, loss ${(loss / steps).toFixed(4)}, ` +
          `${(tokens / seconds).toFixed(0)} tokens/s, ${(seconds / steps).toFixed(2)} s a step, ${left} left`,
      );
      [last, loss, steps, tokens, seconds] = [performance.now(), 0, 0, 0, 0];
    } else if (event.type === 'checkpoint') await writeProgress(workshop, counted);
    else if (event.type === 'done' && event.interrupted) throw stopped();
  }
}

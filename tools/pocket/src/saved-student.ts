import { AdapterFusionError, type Tensor } from '@adapterfusion/contracts';
import { parameter } from '@adapterfusion/tensor';
import { decodeCheckpoint, settingsIdentity } from '@adapterfusion/training';
import { settingsOf } from './check-recipe.js';
import { identityOf, PHASE, storeOf } from './distil.js';
import type { Prepared } from './prepare.js';
import type { Workshop } from './recipe.js';
import { checkOrigin, type Origin } from './stored.js';
import { studentShapes } from './student.js';

/** A student as a checkpoint holds it. */
export interface SavedStudent {
  /** Values by path. */
  readonly values: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  readonly step: number;
  /** The run has ended by itself. */
  readonly finished: boolean;
}

/**
 * The newest checkpoint's student.
 * @param teacher its fingerprint
 * @throws FILE_NOT_FOUND where there is none; RESUME_REFUSED for one of another recipe; what reading it throws
 */
export async function newestStudent(workshop: Workshop, prepared: Prepared, teacher: string): Promise<SavedStudent> {
  const store = storeOf(workshop);
  const [newest] = await store.list(PHASE);
  if (newest === undefined)
    throw new AdapterFusionError('FILE_NOT_FOUND', {
      at: workshop.files.join(workshop.recipe.state, 'checkpoints'),
      expected: 'a checkpoint of the student',
      got: 'none',
      fix: 'Run "distil" first; it writes one every few minutes and when it is stopped.',
    });
  const { state, identity, tensors } = await decodeCheckpoint(await store.read(newest), newest);
  const now: Origin = {
    ...settingsIdentity(settingsOf(workshop.recipe)),
    model: identityOf(workshop.recipe, prepared, teacher),
  };
  checkOrigin(Object.fromEntries(Object.keys(now).map((key) => [key, identity[key]!])), now, newest);
  const values = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [path, shape] of studentShapes(workshop.recipe)) {
    const stored = tensors.get(`parameters/${path}`);
    if (stored?.shape.join() !== shape.join())
      throw new AdapterFusionError('TENSORS_INVALID', {
        at: newest,
        expected: `${path} of shape [${shape.join(', ')}]`,
        got: stored ? `shape [${stored.shape.join(', ')}]` : 'none',
        fix: 'Give the options that it was trained with.',
      });
    values.set(path, { shape, data: stored.data });
  }
  return { values, step: state.step, finished: state.finished };
}

/** Its tensors, the caller's. */
export function studentTensors({ values }: SavedStudent): Map<string, Tensor> {
  return new Map([...values].map(([path, { data, shape }]) => [path, parameter(data, shape)]));
}

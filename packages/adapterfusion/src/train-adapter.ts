import type { Values } from '@adapterfusion/model';
import type { TrainingRow } from '@adapterfusion/training';
import { headTask } from './open-kind.js';
import type { CommonOptions } from './options.js';
import type { AdapterRecipe } from './own-adapter.js';
import type { Session } from './session.js';
import type { Task } from './task.js';
import { trainInSession } from './train-in-session.js';

/** Name of the adapter and its head while they train. */
const NAME = 'in-session';

/**
 * Trains an adapter with a head on rows of the task, in memory and without checkpoints, and removes both from the model
 * afterwards.
 * @param use is called with the name of the trained adapter, which is also its head's
 * @returns what `use` returned, and the adapter's values
 * @throws ABORTED when the signal is raised
 */
export async function withTrainedAdapter<T>(
  session: Session,
  task: Task,
  rows: readonly TrainingRow[],
  { adapter, head, trainer, settings, headStart }: AdapterRecipe,
  options: CommonOptions,
  use: (name: string) => Promise<T>,
): Promise<{ readonly result: T; readonly values: Map<string, Values> }> {
  const { model } = session;
  const name = freeName([...model.adapters.keys(), ...model.heads.keys()]);
  try {
    model.addAdapter(name, adapter, { seed: settings.seed });
    model.addHead(name, head, task.data.labels, { seed: settings.seed }, headTask(task.data.task));
    const fitted = headStart === 'fitted';
    const run = { name, composition: name, adapters: [name], fusions: [], trainer, settings, fitted };
    await trainInSession(session, task, rows, run, options);
    const result = await use(name);
    return { result, values: await model.values('adapters', name) };
  } finally {
    model.parameters.setTrainable(() => false);
    model.remove('adapters', name);
    model.remove('heads', name);
  }
}

/** A name that none of these has. */
export function freeName(taken: readonly string[], base: string = NAME): string {
  let name = base;
  for (let number = 2; taken.includes(name); number++) name = `${base}-${number}`;
  return name;
}

import { checkName } from '@adapterfusion/contracts';
import { checkPlace } from '@adapterfusion/runtime';
import type { RunEvent } from './events.js';
import type { TrainingOptions } from './options.js';
import { nameOf } from './names.js';
import { measure, runTrainer, wasInterrupted } from './run.js';
import { save } from './save.js';
import { addHead, dataEvent, openTask } from './task.js';
import { filesOf } from './platform.js';
import { openSession } from './session.js';

/** Options of {@link train}. */
export interface TrainOptions extends TrainingOptions {
  /** The adapter's method, for example `seq_bn[reduction_factor=16]`; `none` trains a head alone. Default `seq_bn`. */
  readonly adapter?: string;
  /** The adapter's name. Default: the task's. */
  readonly name?: string;
}

/**
 * Stage 1: trains an adapter and a head for one task, the encoder frozen (ST-A), and writes both as a bundle. A run that
 * was killed or interrupted goes on when it is started again with the same options, and ends with the same bytes.
 * @returns events, the last of type `saved` unless the run was interrupted
 * @throws every code that its inputs can have; nothing half-written remains
 */
export async function* train(options: TrainOptions): AsyncGenerator<RunEvent, void, void> {
  const method = options.adapter ?? 'seq_bn';
  await checkPlace(filesOf(options.files), options.out, options.overwrite ?? false);
  const session = await openSession(options.model, options);
  const { model, registry } = session;
  try {
    const alone = method === 'none';
    const task = await openTask(session, alone ? 'head' : 'st-a', options);
    const name = checkName(options.name ?? nameOf(task.data.name), 'an adapter');
    if (!alone) model.addAdapter(name, registry.configure('adapter', method), { seed: task.settings.seed });
    addHead(session, name, task, options.head);
    if (!alone) model.compose(name);
    yield dataEvent(task);
    for await (const event of runTrainer(session, task, name, options)) {
      yield event;
      if (wasInterrupted(event)) return;
    }
    const { metrics, rows } = await measure(session, task, name, options);
    yield await save(session, task, alone ? 'head' : 'adapter', name, metrics, rows, options);
  } finally {
    model.dispose();
  }
}

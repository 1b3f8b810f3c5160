import { AdapterFusionError, checkName, type AnyConfigured } from '@adapterfusion/contracts';
import { checkPlace } from '@adapterfusion/runtime';
import type { RunEvent } from './events.js';
import type { TrainingOptions } from './options.js';
import { registryOf } from './in-house.js';
import { nameOf } from './names.js';
import { measure, runTrainer, wasInterrupted } from './run.js';
import { save } from './save.js';
import { addHead, dataEvent, openTask } from './task.js';
import { filesOf } from './platform.js';
import { openSession } from './session.js';

/** Options of {@link train}. */
export interface TrainOptions extends TrainingOptions {
  /**
   * What trains beside the head: `st-a`, an adapter; `head`, nothing; `full`, the whole encoder, which the bundle then
   * carries. Default `st-a`.
   */
  readonly strategy?: string;
  /** The adapter's method, for example `seq_bn[reduction_factor=16]`; only where one trains. Default `seq_bn`. */
  readonly adapter?: string;
  /** Name of the adapter, the head and the bundle. Default: the task's. */
  readonly name?: string;
}

/**
 * Trains for one task, with an adapter on the frozen encoder (ST-A, stage 1), a head alone, or the whole encoder, and
 * writes a bundle. A run that was killed or interrupted goes on when it is started again with the same options, and ends
 * with the same bytes.
 * @returns events, the last of type `saved` unless the run was interrupted
 * @throws every code that its inputs can have; nothing half-written remains
 */
export async function* train(options: TrainOptions): AsyncGenerator<RunEvent, void, void> {
  const files = filesOf(options.files);
  const registry = await registryOf(options, files);
  const trainer = await registry.load('trainer', options.strategy ?? 'st-a');
  const { adapter, kind } = partsOf(trainer, options);
  await checkPlace(files, options.out, options.overwrite ?? false);
  const session = await openSession(options.model, { ...options, registry });
  const { model } = session;
  try {
    const task = await openTask(session, trainer, options);
    const name = checkName(options.name ?? nameOf(task.data.name), 'an adapter');
    if (adapter !== undefined)
      model.addAdapter(name, await registry.load('adapter', adapter), { seed: task.settings.seed });
    addHead(session, name, task, options.head);
    if (adapter !== undefined) model.compose(name);
    yield dataEvent(task);
    for await (const event of runTrainer(session, new Map([[name, task]]), options)) {
      yield event;
      if (wasInterrupted(event)) return;
    }
    const { metrics, rows } = await measure(session, task, name, options);
    yield await save(session, task, kind, name, metrics, rows, options);
  } finally {
    model.dispose();
  }
}

/** What a strategy needs on the model, and what its bundle holds. */
function partsOf({ plugin }: AnyConfigured<'trainer'>, options: TrainOptions) {
  const { trains } = plugin.supports;
  const refuse = (at: string, expected: string, got: string, fix: string): AdapterFusionError =>
    new AdapterFusionError('OPTIONS_INVALID', { at, expected, got, fix });
  if (trains.includes('fusion'))
    throw refuse(
      'strategy',
      'one that trains without a fusion',
      `"${plugin.id}"`,
      'Fuse trained adapters with "fuse".',
    );
  const adapts = trains.includes('adapter');
  if (!adapts && options.adapter !== undefined)
    throw refuse(
      'adapter',
      `none, since the strategy "${plugin.id}" trains no adapter`,
      `"${options.adapter}"`,
      'Leave it away, or choose the strategy "st-a".',
    );
  return {
    adapter: adapts ? (options.adapter ?? 'seq_bn') : undefined,
    kind: trains.includes('encoder') ? 'model' : adapts ? 'adapter' : 'head',
  } as const;
}

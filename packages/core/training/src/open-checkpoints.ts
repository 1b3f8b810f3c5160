import { createCheckpointManager, type CheckpointManager } from './checkpoint-manager.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { TrainLoopOptions } from './loop-options.js';
import type { Optimiser } from './optimiser.js';
import { runIdentity, type RunIdentity } from './run-identity.js';

/** What writes and finds the checkpoints of a run; imported when a run has a place for them. */
export async function openCheckpoints(
  options: TrainLoopOptions,
  store: CheckpointStore,
  optimiser: Optimiser,
  extras: RunIdentity | undefined,
): Promise<CheckpointManager> {
  const { phase, tasks, padId = 0, backend, identity = '' } = options;
  const { settings } = phase;
  const trainable = new Map([...optimiser.state].map(([path, { parameter }]) => [path, parameter]));
  const run = { backend, settings, tasks, trainable, padId, identity, extras };
  return createCheckpointManager({
    store,
    phase: phase.name,
    identity: await runIdentity(run),
    optimiser,
    force: options.force ?? false,
    warn: options.warn ?? (() => undefined),
  });
}

import { AdapterFusionError, type Tensor } from '@adapterfusion/contracts';
import { read } from '@adapterfusion/tensor';
import { decodeCheckpoint, encodeCheckpoint, type HostTensor, type Snapshot } from './checkpoint-bytes.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { Optimiser } from './optimiser.js';
import { copyInto } from './copy-into.js';
import { checkSameRun, type RunIdentity } from './run-identity.js';
import type { RunState } from './run-state.js';

/** Saves a phase's run and takes it up again. */
export interface CheckpointManager {
  /** The newest checkpoint that was written or restored. */
  readonly newest: string | undefined;
  /**
   * Gives parameters and moments the values of the newest readable checkpoint.
   * @returns where the run stands; undefined where there is no checkpoint
   * @throws RESUME_REFUSED for one of another run; CHECKPOINT_INVALID when there are some and all are damaged
   */
  restore(): Promise<RunState | undefined>;
  /** @returns the path written */
  save(state: RunState): Promise<string>;
}

/** What {@link createCheckpointManager} needs. */
export interface CheckpointManagerOptions {
  readonly store: CheckpointStore;
  readonly phase: string;
  readonly identity: RunIdentity;
  readonly optimiser: Optimiser;
  /** Goes on even with another run's checkpoint, as far as its tensors fit. */
  readonly force: boolean;
  /** Told of a damaged checkpoint that is passed over. */
  readonly warn: (warning: AdapterFusionError) => void;
}

/** The tensors of a trainable parameter by the groups of a checkpoint; a finished run has no moments. */
const tensorsOf = (
  { parameter, moments }: { parameter: Tensor; moments: { readonly [name: string]: Tensor } },
  finished: boolean,
): [group: string, tensor: Tensor][] => Object.entries({ parameters: parameter, ...(finished ? {} : moments) });

export function createCheckpointManager({
  store,
  phase,
  identity,
  optimiser,
  force,
  warn,
}: CheckpointManagerOptions): CheckpointManager {
  let newest: string | undefined;
  return {
    get newest() {
      return newest;
    },
    async restore() {
      const paths = await store.list(phase);
      for (const path of paths) {
        const snapshot = await readable(store, path, warn);
        if (!snapshot) continue;
        if (!force) checkSameRun(identity, snapshot.identity, path);
        const state = take(snapshot, optimiser, path);
        newest = path;
        return state;
      }
      if (paths.length === 0) return undefined;
      throw new AdapterFusionError('CHECKPOINT_INVALID', {
        at: paths[0]!,
        expected: 'a checkpoint that can be read',
        got: `${paths.length}, all of them damaged`,
        fix: 'Remove them to start over.',
      });
    },
    async save({ bestWeights, ...state }) {
      const updates = Object.fromEntries([...optimiser.state].map(([path, { count }]) => [path, count]));
      const tensors = new Map<string, HostTensor>();
      for (const [path, each] of optimiser.state)
        for (const [group, tensor] of tensorsOf(each, state.finished))
          tensors.set(`${group}/${path}`, { shape: tensor.shape, data: await read(tensor) });
      for (const [path, data] of state.finished ? [] : (bestWeights ?? []))
        tensors.set(`best/${path}`, { shape: optimiser.state.get(path)!.parameter.shape, data });
      newest = await store.write(phase, state.step, await encodeCheckpoint({ state, updates, identity, tensors }));
      return newest;
    },
  };
}

async function readable(
  store: CheckpointStore,
  path: string,
  warn: CheckpointManagerOptions['warn'],
): Promise<Snapshot | undefined> {
  const bytes = await store.read(path);
  try {
    return await decodeCheckpoint(bytes, path);
  } catch (error) {
    const damage = ['FILE_CORRUPT', 'TENSORS_INVALID', 'CHECKPOINT_INVALID'];
    if (!AdapterFusionError.is(error) || !damage.includes(error.code)) throw error;
    warn(error);
    return undefined;
  }
}

/** Checks that everything is there before anything is changed. */
function take({ state, updates, tensors }: Snapshot, optimiser: Optimiser, at: string): RunState {
  const targets: [Tensor, HostTensor][] = [];
  const best = new Map<string, Float32Array>();
  const found = (name: string, shape: readonly number[]): HostTensor => {
    const host = tensors.get(name);
    if (host && host.shape.join() === shape.join()) return host;
    throw new AdapterFusionError('RESUME_REFUSED', {
      at,
      expected: `a tensor ${name} of shape [${shape.join(', ')}]`,
      got: host ? `shape [${host.shape.join(', ')}]` : 'none',
      fix: 'Train the same parameters, or remove the checkpoints.',
    });
  };
  const keepsBest = [...tensors.keys()].some((name) => name.startsWith('best/'));
  for (const [path, each] of optimiser.state) {
    const { shape } = each.parameter;
    for (const [group, target] of tensorsOf(each, state.finished))
      targets.push([target, found(`${group}/${path}`, shape)]);
    if (keepsBest) best.set(path, found(`best/${path}`, shape).data);
  }
  for (const [target, { shape, data }] of targets) copyInto(target, data, shape);
  for (const [path, each] of optimiser.state) each.count = updates[path] ?? 0;
  return { ...state, bestWeights: keepsBest ? best : undefined };
}

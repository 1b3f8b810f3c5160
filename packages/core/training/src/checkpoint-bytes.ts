import { AdapterFusionError } from '@adapterfusion/contracts';
import { fingerprint, parseSafetensors, sha256, toFloat32, writeSafetensors } from '@adapterfusion/checkpoint';
import type { RunIdentity } from './run-identity.js';
import type { RunState } from './run-state.js';

/** Values of a tensor on the host. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A run at rest: what a checkpoint file holds. */
export interface Snapshot {
  readonly state: Omit<RunState, 'bestWeights'>;
  /** Updates done, by path of the parameter. */
  readonly updates: { readonly [path: string]: number };
  readonly identity: RunIdentity;
  /** By `group/path`; groups are `parameters`, the optimizer's moments (`first`, `second` or `momentum`), `best`. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** The version of this layout. */
const VERSION = 2;

/** A snapshot as one safetensors file; state, identity and a checksum of everything stand in its metadata. */
export async function encodeCheckpoint({ state, updates, identity, tensors }: Snapshot): Promise<Uint8Array> {
  const run = JSON.stringify({ version: VERSION, state, updates, identity });
  const list = [...tensors].map(([name, tensor]) => ({ name, ...tensor }));
  return writeSafetensors(list, { run, checksum: await checksum(run, tensors) });
}

/**
 * Reads a checkpoint.
 * @param at its path, for messages
 * @throws FILE_CORRUPT, TENSORS_INVALID for a damaged file; CHECKPOINT_INVALID for one that is no checkpoint of this
 * version or whose checksum does not fit
 */
export async function decodeCheckpoint(bytes: Uint8Array, at: string): Promise<Snapshot> {
  const file = parseSafetensors(bytes, at);
  const tensors = new Map<string, HostTensor>();
  for (const [name, stored] of file.tensors) tensors.set(name, { shape: stored.shape, data: toFloat32(stored) });
  const run = file.metadata['run'];
  if (run === undefined) throw invalid(at, 'a checkpoint of a training run', 'a safetensors file of another kind');
  if (file.metadata['checksum'] !== (await checksum(run, tensors)))
    throw invalid(at, 'contents that fit the checksum', 'a damaged file');
  // What is not a number (an undefined metric) is null in JSON.
  const parsed = JSON.parse(run, (_, value: unknown) => (value === null ? NaN : value)) as Snapshot & {
    version: number;
  };
  if (parsed.version !== VERSION) throw invalid(at, `version ${VERSION} of the layout`, `version ${parsed.version}`);
  return { state: parsed.state, updates: parsed.updates, identity: parsed.identity, tensors };
}

async function checksum(run: string, tensors: ReadonlyMap<string, HostTensor>): Promise<string> {
  const hash = await fingerprint([...tensors].map(([path, tensor]) => ({ path, ...tensor })));
  return sha256(`${hash}\n${run}`);
}

function invalid(at: string, expected: string, got: string): AdapterFusionError {
  const fix = 'Remove it, and the run goes on from the one before or starts over.';
  return new AdapterFusionError('CHECKPOINT_INVALID', { at, expected, got, fix });
}

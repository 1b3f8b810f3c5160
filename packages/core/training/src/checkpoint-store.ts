import type { Files } from '@adapterfusion/contracts';

/** Where a run's checkpoints lie. */
export interface CheckpointStore {
  /** Paths of a phase's checkpoints, newest first. */
  list(phase: string): Promise<readonly string[]>;
  read(path: string): Promise<Uint8Array>;
  /** Writes one whole, then removes those of the phase beyond the two newest. @returns its path */
  write(phase: string, step: number, bytes: Uint8Array): Promise<string>;
}

const KEPT = 2;

/**
 * Checkpoints as files `{phase}-{step}.safetensors` of a folder. The newest two of each phase are kept, so that one can
 * be damaged.
 */
export function checkpointStore(files: Files, folder: string): CheckpointStore {
  const list = async (phase: string): Promise<string[]> => {
    if ((await files.kind(folder)) !== 'folder') return [];
    const names = (await files.list(folder)).filter(
      (name) => name.startsWith(`${phase}-`) && /^\d{8,}\.safetensors$/.test(name.slice(phase.length + 1)),
    );
    const stepOf = (name: string) => Number.parseInt(name.slice(phase.length + 1), 10);
    return names.sort((a, b) => stepOf(b) - stepOf(a)).map((name) => files.join(folder, name));
  };
  return {
    list,
    read: (path) => files.read(path),
    async write(phase, step, bytes) {
      const path = files.join(folder, `${phase}-${String(step).padStart(8, '0')}.safetensors`);
      await files.write(path, bytes);
      for (const old of (await list(phase)).slice(KEPT)) await files.remove(old);
      return path;
    },
  };
}

import { availableParallelism } from 'node:os';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { machineMemory } from 'adapterfusion';

/** How many runs are done beside each other. */
export type WorkerCount = number | 'auto';

/** Share of the machine's memory that runs may need together. */
const SHARE = 0.8;

/** More than any machine has cores. */
const MOST = 1024;

/** @throws OPTIONS_INVALID for what is no number of workers */
export function workerCount(given: string): WorkerCount {
  if (given === 'auto') return given;
  const count = Number(given);
  if (/^\d+$/.test(given) && count >= 1 && count <= MOST) return count;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    ...{ at: '--workers', expected: `a whole number from 1 to ${MOST}, or auto`, got: JSON.stringify(given) },
    fix: 'Say how many runs are to be done beside each other; auto: one for every core, fewer where memory does not suffice.',
  });
}

/** Bytes that runs may need together. */
export const memoryForRuns = (): number => SHARE * machineMemory();

/** @param largest bytes that the largest run needs */
export function placesFor(count: WorkerCount, largest: number): number {
  if (count !== 'auto') return count;
  const fitting = largest > 0 ? Math.floor(memoryForRuns() / largest) : Infinity;
  return Math.max(1, Math.min(availableParallelism(), fitting));
}

/** Threads of each of several workers, which share the cores; what the user has set stands. */
export const threadsFor = (count: number): string =>
  process.env['TF_NUM_INTRAOP_THREADS'] ?? String(Math.max(1, Math.floor(availableParallelism() / count)));

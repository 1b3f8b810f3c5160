import { AdapterFusionError, type ErrorCode } from '@adapterfusion/contracts';

/** What a device says that cannot go on. */
const FAULTS: readonly ErrorCode[] = ['BACKEND_FAILED', 'BACKEND_LIMIT', 'BACKEND_LOST'];

/**
 * Says of a device that failed in the middle of a run where to go on; hands back any other error.
 * @param at where the run stood
 * @param newest the newest checkpoint
 */
export function withCheckpoint(error: unknown, at: string, newest: string | undefined): unknown {
  if (!AdapterFusionError.is(error) || !FAULTS.includes(error.code)) return error;
  const again = newest
    ? `The last checkpoint is ${newest}: start again to go on from it.`
    : 'No checkpoint was written yet: start again.';
  return new AdapterFusionError(error.code, {
    at,
    expected: 'the device to compute to the end',
    got: error.message.replace(/\.$/, ''),
    fix: again,
    cause: error,
  });
}

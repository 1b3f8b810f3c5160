import { AdapterFusionError } from '@adapterfusion/contracts';

/** A step of the installation that failed. */
export function installFailed(expected: string, got: string, fix: string, cause?: unknown): AdapterFusionError {
  return new AdapterFusionError('NATIVE_INSTALL_FAILED', { at: 'native install', expected, got, fix, cause });
}

/** Says that the disk is full when it is, otherwise hands back what it was given. */
export function spaceOr(output: string, other: AdapterFusionError): AdapterFusionError {
  if (!/ENOSPC|No space left|\[Errno 28\]/.test(output)) return other;
  return installFailed(
    'room on the disk',
    'a full disk',
    'Free about 1.5 GB, or set ADAPTERFUSION_CACHE to another disk.',
  );
}

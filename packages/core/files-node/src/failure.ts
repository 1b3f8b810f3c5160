import { AdapterFusionError } from '@adapterfusion/contracts';

/** Reasons in words, by the code that the system gives. */
const REASONS: { readonly [code: string]: readonly [got: string, fix: string] } = {
  EACCES: ['no permission', 'Change the permissions or choose another place.'],
  EDQUOT: ['a used-up disk quota', 'Free some space or choose another place.'],
  EIO: ['an error of the disk', 'Check the disk.'],
  EISDIR: ['a folder', 'Name a file.'],
  ELOOP: ['a link that leads to itself', 'Repair the link.'],
  EMFILE: ['too many open files', 'Close some or raise the limit.'],
  ENAMETOOLONG: ['a name that is too long', 'Choose a shorter name.'],
  ENOENT: ['none', 'Check the path.'],
  ENOSPC: ['a full disk', 'Free some space or choose another place.'],
  ENOTDIR: ['a file where a folder should be', 'Check the path.'],
  EPERM: ['no permission', 'Change the permissions or choose another place.'],
  EROFS: ['a read-only file system', 'Choose another place.'],
};

/** The code of a system error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function reason(cause: unknown): readonly [got: string, fix: string] {
  const words = REASONS[codeOf(cause) ?? ''];
  return words ?? [cause instanceof Error ? cause.message : String(cause), 'Check the path.'];
}

/** FILE_NOT_FOUND for something that cannot be read. */
export function notRead(path: string, expected: string, cause: unknown): AdapterFusionError {
  const [got, fix] = reason(cause);
  return new AdapterFusionError('FILE_NOT_FOUND', { at: path, expected, got, fix, cause });
}

/** FILE_WRITE_FAILED for something that cannot be written. Errors of our own pass as they are. */
export function notWritten(path: string, cause: unknown): AdapterFusionError {
  if (AdapterFusionError.is(cause)) return cause;
  const [got, fix] = reason(cause);
  return new AdapterFusionError('FILE_WRITE_FAILED', { at: path, expected: 'a place to write to', got, fix, cause });
}

/** FILE_EXISTS for a place that is taken. */
export function taken(path: string, got: string, fix: string): AdapterFusionError {
  return new AdapterFusionError('FILE_EXISTS', { at: path, expected: 'a free place for a folder', got, fix });
}

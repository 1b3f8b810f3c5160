import { posix, sep, win32 } from 'node:path';

/** Joins parts into a path with `/`. On Windows, `\` in the parts separates too and drives and shares are kept. */
export function joinPaths(parts: readonly string[], windows = sep === '\\'): string {
  return windows ? win32.join(...parts).replaceAll('\\', '/') : posix.join(...parts);
}

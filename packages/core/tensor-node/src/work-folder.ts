import { mkdir, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { installFailed } from './install-error.js';

/** What the folders of unfinished installations begin with; the process comes next. */
export const UNFINISHED = '.installing-';
const MIB = 2 ** 20;

/**
 * A new folder beside the finished installations to build in. Folders whose process was killed are removed.
 * @param need room that must be free, in MiB
 * @throws NATIVE_INSTALL_FAILED when the cache cannot be written or has too little room
 */
export async function workFolder(cache: string, need: number): Promise<string> {
  try {
    await mkdir(cache, { recursive: true });
    for (const name of await readdir(cache)) {
      const owner = new RegExp(`^\\${UNFINISHED}(\\d+)-`).exec(name)?.[1];
      if (owner !== undefined && !alive(Number(owner))) await rm(join(cache, name), { recursive: true, force: true });
    }
    const { bavail, bsize } = await statfs(cache);
    const free = Math.floor((bavail * bsize) / MIB);
    if (free < need)
      throw installFailed(
        `${need} MiB free at ${cache}`,
        `${free} MiB`,
        'Free some, or set ADAPTERFUSION_CACHE to a folder on another disk.',
      );
    return await mkdtemp(join(cache, `${UNFINISHED}${process.pid}-`));
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause) || AdapterFusionError.is(cause)) throw cause;
    const fix = 'Make it writable, or set ADAPTERFUSION_CACHE to another folder.';
    throw installFailed(`a cache folder at ${cache}`, cause.message, fix, cause);
  }
}

/** Whether a process is there. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

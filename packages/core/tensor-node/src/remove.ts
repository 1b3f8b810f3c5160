import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nativeCache, type Kind } from './cache.js';
import { installFailed } from './install-error.js';
import { alive, UNFINISHED } from './work-folder.js';

/** What was removed. */
export interface Removed {
  readonly folder: string;
  readonly bytes: number;
}

/** Settings of {@link removeNative}. */
export interface RemoveOptions {
  /** Only what was installed for CUDA, or only what was installed for the processor. Default: both. */
  readonly kind?: Kind;
}

/** Folder of an installation, of whatever version. */
const INSTALLATION = /^\d+\.\d+\.\d+-tf[^-]+-(cuda-)?[a-z0-9]+-[a-z0-9]+$/;
const REMOVING = '.removing-';

/**
 * Removes installations, those of other versions too, and what killed ones left behind. A process that has one open goes
 * on.
 * @throws NATIVE_INSTALL_FAILED when the cache cannot be changed
 */
export async function removeNative({ kind }: RemoveOptions = {}): Promise<Removed[]> {
  const cache = nativeCache();
  const removed: Removed[] = [];
  for (const name of (await readdir(cache).catch(() => [])).sort()) {
    const found = INSTALLATION.exec(name);
    const owner = new RegExp(`^\\${UNFINISHED}(\\d+)-`).exec(name)?.[1];
    const wanted = found
      ? kind === undefined || (kind === 'cuda') === (found[1] !== undefined)
      : name.startsWith(REMOVING) || (owner !== undefined && !alive(Number(owner)));
    if (!wanted) continue;
    const folder = join(cache, name);
    const bytes = await bytesOf(folder);
    try {
      const aside = join(cache, `${REMOVING}${process.pid}-${name.replace(REMOVING, '')}`);
      await rename(folder, aside);
      await rm(aside, { recursive: true, force: true });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw installFailed(`${folder} to be removed`, reason, 'Check the permissions of its folder.', cause);
    }
    removed.push({ folder, bytes });
  }
  return removed;
}

async function bytesOf(path: string): Promise<number> {
  const entry = await lstat(path).catch(() => undefined);
  if (!entry?.isDirectory()) return entry?.size ?? 0;
  const sizes = await Promise.all((await readdir(path)).map((name) => bytesOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The version of TensorFlow.js everything here is made for, and its Node addon. */
export const TFJS_NODE_VERSION = '4.22.0';

/** A finished installation of the addon. */
export interface Installed {
  /** The folder that holds it. */
  readonly folder: string;
  /** Version of the TensorFlow library inside. */
  readonly tensorflow: string;
}

/** The file that marks an installation as finished. */
export const MARK = 'install.json';

/**
 * The folder of all installations: `$ADAPTERFUSION_CACHE`, else `$XDG_CACHE_HOME`, else `~/.cache`, and in it
 * `adapterfusion/native`.
 */
export function nativeCache(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const root = env['ADAPTERFUSION_CACHE'] || env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(root, 'adapterfusion', 'native');
}

/** The name of an installation's folder: everything that its binary depends on. */
export function folderName(tensorflow: string): string {
  return `${TFJS_NODE_VERSION}-tf${tensorflow}-${process.platform}-${process.arch}`;
}

/** The finished installations that fit this process, newest TensorFlow first. */
export async function installations(cache = nativeCache()): Promise<Installed[]> {
  const names = await readdir(cache).catch(() => []);
  const found: Installed[] = [];
  for (const name of names) {
    const installed = await installation(join(cache, name));
    if (installed && name === folderName(installed.tensorflow)) found.push(installed);
  }
  return found.sort((a, b) => newer(b.tensorflow, a.tensorflow));
}

/** The finished installation in a folder, or undefined. */
export async function installation(folder: string): Promise<Installed | undefined> {
  try {
    const mark: unknown = JSON.parse(await readFile(join(folder, MARK), 'utf8'));
    if (typeof mark === 'object' && mark !== null && 'tensorflow' in mark && typeof mark.tensorflow === 'string')
      return { folder, tensorflow: mark.tensorflow };
  } catch {
    // no mark, or one that is not ours: not finished
  }
  return undefined;
}

function newer(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

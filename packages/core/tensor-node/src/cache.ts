import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { addonFile, libraryFolder, packageFolder } from './layout.js';
import { compareVersions, LIBRARIES } from './tensorflow.js';

/** The version of TensorFlow.js everything here is made for, and its Node addon. */
export const TFJS_NODE_VERSION = '4.22.0';

/** What an installation computes on. */
export type Kind = 'cpu' | 'cuda';

/** A finished installation of the addon. */
export interface Installed {
  /** The folder that holds it. */
  readonly folder: string;
  /** Version of the TensorFlow library inside. */
  readonly tensorflow: string;
  readonly kind: Kind;
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
export function folderName(tensorflow: string, kind: Kind): string {
  const device = kind === 'cuda' ? 'cuda-' : '';
  return `${TFJS_NODE_VERSION}-tf${tensorflow}-${device}${process.platform}-${process.arch}`;
}

/** The finished installations of a kind that fit this process, newest TensorFlow first. */
export async function installations(kind: Kind, cache = nativeCache()): Promise<Installed[]> {
  const names = await readdir(cache).catch(() => []);
  const found: Installed[] = [];
  for (const name of names) {
    const installed = await installation(join(cache, name));
    if (installed && name === folderName(installed.tensorflow, kind)) found.push(installed);
  }
  return found.sort((a, b) => compareVersions(b.tensorflow, a.tensorflow));
}

/** The files that an installation cannot do without. */
export function partsOf(folder: string): string[] {
  const tfjsNode = packageFolder(folder);
  return [addonFile(tfjsNode), ...LIBRARIES.map((name) => join(libraryFolder(tfjsNode), name))];
}

/** The finished installation in a folder; undefined where it lacks its mark or one of its parts. */
export async function installation(folder: string): Promise<Installed | undefined> {
  const mark = await readMark(folder);
  if (!mark) return undefined;
  const parts = partsOf(folder);
  const sizes = await Promise.all(
    parts.map((part) =>
      stat(part).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.every((size) => size > 0) ? { folder, ...mark } : undefined;
}

async function readMark(folder: string): Promise<Omit<Installed, 'folder'> | undefined> {
  try {
    const mark: unknown = JSON.parse(await readFile(join(folder, MARK), 'utf8'));
    if (typeof mark !== 'object' || mark === null || !('tensorflow' in mark)) return undefined;
    if (typeof mark.tensorflow !== 'string') return undefined;
    return { tensorflow: mark.tensorflow, kind: 'kind' in mark && mark.kind === 'cuda' ? 'cuda' : 'cpu' };
  } catch {
    return undefined;
  }
}

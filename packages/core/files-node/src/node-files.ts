import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Files } from '@adapterfusion/contracts';
import { codeOf, notRead, notWritten } from './failure.js';
import { importPackage } from './import-package.js';
import { openBytes } from './open-bytes.js';
import { findPackage, packagesWith } from './packages.js';
import { lockPlace } from './lock.js';
import { joinPaths } from './paths.js';
import { beside, cleanStale, isTemporary, restore } from './temporary.js';
import { append, move, writeFolderWhole, writeWhole } from './write.js';

/** Options of {@link nodeFiles}. */
export interface NodeFilesOptions {
  /** URL of the module whose dependencies are found by name, after those of the folder one works in. Default: this one. */
  readonly packagesOf?: string;
}

/**
 * The file system of Node behind the contract's `Files`. What a write needs meanwhile lies beside its place under a name
 * that ends in `.adapterfusion-new` or `.adapterfusion-old`; such names are not listed, and what a killed process left of
 * them is put back by the next read of its place or cleaned up by the next write to the same folder.
 */
export function nodeFiles(options: NodeFilesOptions = {}): Files {
  const { packagesOf = import.meta.url } = options;
  return {
    read: (path) => reading(path, 'a file', () => bytesOf(path)),
    open: (path) => reading(path, 'a file', () => openBytes(path)),
    kind: (path) =>
      reading(path, 'a file or folder', async () => ((await stat(path)).isDirectory() ? 'folder' : 'file')).catch(
        (error: unknown) => {
          if (isAbsent((error as Error).cause)) return undefined;
          throw error;
        },
      ),
    list: (path) =>
      reading(path, 'a folder', async () => (await readdir(path)).filter((name) => !isTemporary(name)).sort()),
    write: writeWhole,
    writeFolder: (path, files, options) => writeFolderWhole(path, files, options?.replace ?? false),
    append,
    rename: move,
    lock: lockPlace,
    remove,
    join: (...parts) => joinPaths(parts),
    packageFolder: async (name, from) => findPackage(name, from, packagesOf),
    packages: async () => packagesWith('adapterfusion', packagesOf),
    importPackage,
  };
}

/** What a file holds, as plain bytes: Node's `Buffer` is another class, and a copy of an encoder takes long. */
async function bytesOf(path: string): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = await readFile(path);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Reads, a second time where the first one fell into a replacement of the place. */
async function reading<T>(path: string, expected: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read().catch(async (error: unknown) => {
      if (codeOf(error) === 'ENOENT' && (await restore(path))) return read();
      throw error;
    });
  } catch (error) {
    throw notRead(path, expected, error);
  }
}

/** Whole or not at all: a folder is renamed before it is removed. */
async function remove(path: string): Promise<void> {
  const temporary = beside(path, 'new');
  try {
    await cleanStale(dirname(path));
    await rename(path, temporary);
    await rm(temporary, { recursive: true, force: true });
  } catch (error) {
    if (!isAbsent(error)) throw notWritten(path, error);
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');
}

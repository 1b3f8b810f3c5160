import { appendFile, mkdir, open, realpath, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf, notWritten, taken } from './failure.js';
import { beside, cleanStale, restore } from './temporary.js';

/** Writes a file whole; see `Files.write`. Links are followed, devices and pipes written directly. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await atPlace(path, async (place, temporary) => {
    const there = await stat(place).catch(() => undefined);
    if (there && !there.isFile() && !there.isDirectory()) return writeFile(place, bytes);
    await writeSynced(temporary, bytes, there?.mode);
    await rename(temporary, place);
  });
}

/** Adds to the end of a file; see `Files.append`. */
export async function append(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(resolve(path)), { recursive: true });
    await appendFile(path, bytes);
  } catch (error) {
    throw notWritten(path, error);
  }
}

/** Moves a file; see `Files.rename`. Its bytes are on the disk before its name is. */
export async function move(from: string, to: string): Promise<void> {
  try {
    const handle = await open(from, 'r+');
    await handle.sync().finally(() => handle.close());
    await mkdir(dirname(resolve(to)), { recursive: true });
    await rename(from, to);
    await syncFolder(dirname(resolve(to)));
  } catch (error) {
    throw notWritten(to, error);
  }
}

/** Writes a folder whole; see `Files.writeFolder`. */
export async function writeFolderWhole(
  path: string,
  files: ReadonlyMap<string, Uint8Array>,
  replace: boolean,
): Promise<void> {
  for (const name of files.keys())
    if (name.split('/').some((part) => ['', '.', '..'].includes(part)) || name.includes('\\'))
      throw new TypeError(`${JSON.stringify(name)} is not a path within a folder`);
  await atPlace(path, async (place, temporary) => {
    const there = await stat(place).catch(() => undefined);
    if (there && !there.isDirectory()) throw taken(path, 'a file', 'Choose another place or remove the file.');
    if (there && !replace) throw taken(path, 'a folder', 'Choose another place or ask to replace it.');
    const folders = new Set([temporary]);
    await mkdir(temporary);
    for (const [name, bytes] of files) {
      const file = join(temporary, name);
      for (let up = dirname(file); up !== temporary; up = dirname(up)) folders.add(up);
      await mkdir(dirname(file), { recursive: true });
      await writeSynced(file, bytes);
    }
    for (const folder of folders) await syncFolder(folder);
    if (there) await swap(temporary, place);
    else await rename(temporary, place).catch((error: unknown) => refuseTaken(path, error));
  });
}

/** Puts the new folder in the old one's place; where that fails, the old one returns. */
async function swap(temporary: string, place: string): Promise<void> {
  const aside = beside(place, 'old');
  await rename(place, aside);
  try {
    await rename(temporary, place);
  } catch (error) {
    await rename(aside, place).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(place));
  await rm(aside, { recursive: true, force: true }).catch(() => undefined);
}

/** Another writer was faster. */
function refuseTaken(path: string, error: unknown): never {
  if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? ''))
    throw taken(path, 'one that was taken in this moment', 'Choose another place.');
  throw error;
}

/**
 * Runs a write with a temporary name beside its place: makes the folders above, cleans up what killed writers left, syncs
 * the folder afterwards, and on failure removes everything that was made.
 */
export async function atPlace(path: string, write: (place: string, temporary: string) => Promise<void>): Promise<void> {
  const made: string[] = [];
  let temporary: string | undefined;
  const full = resolve(path);
  let parent = dirname(full);
  try {
    await restore(full);
    await makeFolder(parent, made);
    const place = await realpath(full).catch(() => full);
    parent = dirname(place);
    await cleanStale(parent);
    temporary = beside(place, 'new');
    await write(place, temporary);
    await syncFolder(parent);
    for (const folder of made) await syncFolder(dirname(folder));
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    for (const folder of made.reverse()) await rmdir(folder).catch(() => undefined);
    throw notWritten(path, error);
  }
}

/**
 * Makes a folder and those above it, one by one: Node's recursive `mkdir` reports a read-only disk as a missing folder.
 * @param made where the paths made are added, the highest first
 */
async function makeFolder(path: string, made: string[]): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there !== undefined) return;
  if (dirname(path) !== path) await makeFolder(dirname(path), made);
  try {
    await mkdir(path);
    made.push(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

async function writeSynced(path: string, bytes: Uint8Array, mode = 0o666): Promise<void> {
  const handle = await open(path, 'wx', mode & 0o777);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes renames in a folder last. Windows and some network file systems cannot sync a folder; there it is left out. */
async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!['EACCES', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
  }
}

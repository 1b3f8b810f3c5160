import { createHash, randomBytes } from 'node:crypto';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './failure.js';

/** `new`: being written, worthless when its writer is dead. `old`: moved aside, to be put back if its place is empty. */
type Role = 'new' | 'old';

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const PATTERN = /^(.+)\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.adapterfusion-(new|old)$/s;
const DAY = 86_400_000;

/** A fresh name beside `place` that says what it is for and which process of which machine made it. */
export function beside(place: string, role: Role): string {
  return `${place}.${HOST}-${process.pid}-${randomBytes(4).toString('hex')}.adapterfusion-${role}`;
}

/** Whether a name in a folder is one that {@link beside} made. */
export function isTemporary(name: string): boolean {
  return PATTERN.test(name);
}

/**
 * Removes what writers that were killed left in a folder, and puts back what they had moved aside. Leaves the files of
 * writers that may live: of a process that runs on this machine, or younger than a day from another one. What cannot be removed stays.
 */
export async function cleanStale(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, base, host, pid, role] = PATTERN.exec(name) ?? [];
    if (base === undefined || !(await isStale(join(folder, name), host!, Number(pid)))) continue;
    if (role === 'old' && !(await exists(join(folder, base)))) await moveBack(join(folder, name), join(folder, base));
    else await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/**
 * Puts back the folder or file on the way to `path` that a replacement had moved aside when its process was killed. Where
 * that process still runs, it is given a second to finish.
 * @returns whether looking again is worth while
 */
export async function restore(path: string): Promise<boolean> {
  const missing = await firstMissing(path);
  if (missing === undefined) return true;
  for (let wait = 0; wait < 50; wait++) {
    const names = await readdir(dirname(missing)).catch(() => []);
    const aside = names.find((name) => {
      const [, base, , , role] = PATTERN.exec(name) ?? [];
      return base === basename(missing) && role === 'old';
    });
    if (aside === undefined) return exists(missing);
    const at = join(dirname(missing), aside);
    const [, , host, pid] = PATTERN.exec(aside)!;
    if (wait === 49 || (await isStale(at, host!, Number(pid)))) return moveBack(at, missing);
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (await exists(missing)) return true;
  }
  return false;
}

/** The highest part of a path that is not there, or undefined when all of it is. */
async function firstMissing(path: string): Promise<string | undefined> {
  if (await exists(path)) return undefined;
  const parent = dirname(path);
  return parent === path ? path : ((await firstMissing(parent)) ?? path);
}

async function moveBack(aside: string, place: string): Promise<boolean> {
  return rename(aside, place).then(
    () => true,
    () => exists(place),
  );
}

async function isStale(path: string, host: string, pid: number): Promise<boolean> {
  const changed = await lstat(path).then(
    (info) => info.ctimeMs,
    () => Date.now(),
  );
  if (host !== HOST) return changed < Date.now() - DAY;
  // An earlier process may have had our number. Three seconds for file systems that keep coarse times.
  if (pid === process.pid) return changed < Date.now() - process.uptime() * 1000 - 3000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

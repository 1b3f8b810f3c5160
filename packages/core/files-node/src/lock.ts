import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { codeOf } from './failure.js';
import { atPlace } from './write.js';

/** Who holds a place. */
interface Holder {
  readonly process: number;
  readonly host: string;
}

/** Places that this process holds. */
const own = new Set<string>();

/** Takes a place; see `Files.lock`. One whose process, of this machine, is gone is free. */
export async function lockPlace(path: string): Promise<() => Promise<void>> {
  const full = resolve(path);
  await atPlace(path, async (place, temporary) => {
    const holder: Holder = { process: process.pid, host: hostname() };
    await writeFile(temporary, `${JSON.stringify(holder)}\n`);
    // A link is made whole or not at all, and by one only.
    if (!(await linked(temporary, place))) {
      const there = await readHolder(place);
      if (!there || !isGone(there, full)) throw held(path, there);
      await rm(place, { force: true });
      if (!(await linked(temporary, place))) throw held(path, await readHolder(place));
    }
    await rm(temporary);
  });
  own.add(full);
  return async () => {
    own.delete(full);
    await rm(full, { force: true });
  };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const { process, host } = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
    return typeof process === 'number' && typeof host === 'string' ? { process, host } : undefined;
  } catch {
    return undefined;
  }
}

function isGone({ process: id, host }: Holder, place: string): boolean {
  if (host !== hostname()) return false;
  // An earlier process may have had our number.
  if (id === process.pid) return !own.has(place);
  try {
    process.kill(id, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

function held(path: string, holder: Holder | undefined): AdapterFusionError {
  return new AdapterFusionError('FILE_EXISTS', {
    at: path,
    expected: 'a place that no other process uses',
    got: holder ? `one that process ${holder.process} on ${holder.host} uses` : 'one that is taken',
    fix: 'Wait until it has ended, or choose another place. If it has ended, remove this file.',
  });
}

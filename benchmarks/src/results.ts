import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measured, Row } from './compare.js';

/** A result with what somebody needs to do it again. */
export interface Result extends Measured {
  /** Milliseconds that the work takes at 60 % of the machine's peak; absent for work on real data. */
  readonly floor_ms?: number;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly node: string;
    /** Measured peak of a product, GFLOP/s. */
    readonly gflops: number;
  };
  readonly command: string;
  /** When, ISO 8601. */
  readonly date: string;
}

const nameOf = ({ shape, case: name, adapters, batch, length, backend, peer }: Row): string =>
  [shape, name.replace('/', '-'), adapters, `${batch}x${length}`, backend, peer].join('.');

/** Writes a result beside the others; one of the same comparison is replaced. @returns its path */
export async function writeResult(folder: string, result: Result): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${nameOf(result.row)}.json`);
  await writeFile(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}

/** All results of a folder, by name. */
export async function readResults(folder: string): Promise<Result[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Result));
}

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { flat } from './numbers.js';

/** The Python with the libraries `adapters` and `peft`, where there is one. */
export const PYTHON = process.env['ADAPTERFUSION_PYTHON'];

/** Token ids for a Python library, with a batch or one row at a time. */
export interface Rows {
  readonly ids: number[][];
  readonly mask: number[][];
  readonly types: number[][];
}

/**
 * Runs a script of the fixtures, which reads cases from stdin and prints one line of JSON for each.
 * @param script `reference.py` or `reference_peft.py`
 * @returns the numbers of each line
 */
export async function askPython(script: string, cases: readonly object[]): Promise<number[][]> {
  const path = fileURLToPath(new URL(`../fixtures/${script}`, import.meta.url));
  const running = promisify(execFile)(PYTHON!, [path], {
    maxBuffer: 2 ** 26,
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  running.child.stdin!.end(JSON.stringify(cases));
  const { stdout } = await running;
  return stdout
    .trim()
    .split('\n')
    .map((line) => flat(JSON.parse(line)));
}

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AdapterFusionError } from '@adapterfusion/contracts';

const run = promisify(execFile);
const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const HOME = beside('../.peer');
const REQUIREMENTS = beside('../peer/requirements.txt');

/**
 * An interpreter that has the reference: the one that was named, else an environment of the suite's own, made on first use
 * (about 1 GB from the Python package index).
 * @param say told of what takes long
 * @throws UNSUPPORTED when there is no Python, or the packages cannot be installed
 */
export async function referencePython(named: string | undefined, say: (line: string) => void): Promise<string> {
  const given = named ?? process.env['ADAPTERFUSION_BENCH_PYTHON'];
  const own = `${HOME}/bin/python`;
  const done = `${HOME}/installed`;
  try {
    if (given === undefined && !existsSync(done)) {
      say('benchmarks/.peer: making an environment for the reference, about 1 GB …');
      await rm(HOME, { recursive: true, force: true });
      await mkdir(HOME, { recursive: true });
      await run('python3', ['-m', 'venv', HOME]);
      await run(own, ['-m', 'pip', 'install', '--quiet', '-r', REQUIREMENTS], { maxBuffer: 2 ** 26 });
      await writeFile(done, '');
    }
    await run(given ?? own, ['-c', 'import adapters, torch']);
    return given ?? own;
  } catch (error) {
    throw new AdapterFusionError('UNSUPPORTED', {
      at: given ?? HOME,
      expected: 'a Python that has the packages of benchmarks/peer/requirements.txt',
      got: (error as Error).message.trim().split('\n').slice(-2).join(' '),
      fix: 'Name one with --python or ADAPTERFUSION_BENCH_PYTHON, or leave the reference out with --peer.',
      cause: error,
    });
  }
}

/** Writes the plain encoder of a shape as an ONNX file, once. @returns its path @throws UNSUPPORTED */
export async function onnxFile(python: string, shape: string, config: object): Promise<string> {
  const folder = beside('../.onnx');
  const path = `${folder}/${shape}.onnx`;
  if (existsSync(path)) return path;
  await mkdir(folder, { recursive: true });
  try {
    await run(python, [beside('../peer/export_onnx.py'), JSON.stringify(config), path], { maxBuffer: 2 ** 26 });
    return path;
  } catch (error) {
    throw new AdapterFusionError('UNSUPPORTED', {
      at: path,
      expected: 'a Python with torch, transformers and onnx, which writes the model for onnxruntime',
      got: (error as Error).message.trim().split('\n').slice(-1).join(' '),
      fix: `Install onnx beside torch (see benchmarks/peer/requirements.txt), or leave this peer out with --peer.`,
      cause: error,
    });
  }
}

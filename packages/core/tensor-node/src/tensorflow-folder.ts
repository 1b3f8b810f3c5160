import { constants } from 'node:fs';
import { access, cp, open, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { installFailed, spaceOr } from './install-error.js';
import { HEADERS, LIBRARIES, machineName, MACHINES, nvidiaRequirements, type TensorflowInfo } from './tensorflow.js';

/**
 * Reads what an installed TensorFlow is: the folder `tensorflow` of a Python environment.
 * @throws NATIVE_INSTALL_FAILED when libraries or headers are missing, or for another processor
 */
export async function inspectFolder(folder: string): Promise<TensorflowInfo> {
  const wanted = `the folder of an installed TensorFlow for Linux ${process.arch}`;
  const fix = 'Find it with: python3 -c "import tensorflow, os; print(os.path.dirname(tensorflow.__file__))"';
  for (const name of [...LIBRARIES, 'include/tensorflow/c/c_api.h'])
    if (!(await exists(join(folder, name)))) throw installFailed(wanted, `${folder} without ${name}`, fix);
  const library = await open(join(folder, LIBRARIES[0]));
  const head = Buffer.alloc(20);
  await library.read(head, 0, 20, 0).finally(() => library.close());
  const machine = head.subarray(0, 4).equals(ELF) ? head.readUInt16LE(18) : 0;
  if (machine !== MACHINES[process.arch])
    throw installFailed(wanted, `libraries for ${machineName(machine)} in ${folder}`, fix);
  for (const entry of await readdir(dirname(folder))) {
    const [, name, version] = /^(tensorflow(?:_cpu)?)-([\w.]+)\.dist-info$/.exec(entry) ?? [];
    if (name === undefined || version === undefined) continue;
    const metadata = await readFile(join(dirname(folder), entry, 'METADATA'), 'utf8').catch(() => '');
    return { version, name: name.replace('_', '-'), nvidia: nvidiaRequirements(metadata) };
  }
  throw installFailed(wanted, `${folder} without tensorflow-….dist-info beside it`, fix);
}

const ELF = Buffer.from('\x7fELF', 'latin1');

/** Copies the libraries and headers of an installed TensorFlow to `target/tensorflow`. */
export async function copyFolder(folder: string, target: string): Promise<void> {
  for (const name of [...LIBRARIES, ...HEADERS])
    await copy(join(folder, name), join(target, 'tensorflow', name)).catch(copyFailed);
}

/**
 * Copies NVIDIA's libraries that are installed beside a TensorFlow.
 * @returns how many packages there were
 */
export async function copyNvidia(folder: string, target: string): Promise<number> {
  const beside = join(dirname(folder), 'nvidia');
  const names = await readdir(beside).catch(() => []);
  let count = 0;
  for (const name of names) {
    if (!(await exists(join(beside, name, 'lib')))) continue;
    const lib = join(beside, name, 'lib');
    const shared = (path: string): boolean => path === lib || path.includes('.so');
    await copy(lib, join(target, name, 'lib'), shared).catch(copyFailed);
    count++;
  }
  return count;
}

const copy = (from: string, to: string, filter: (path: string) => boolean = () => true): Promise<void> =>
  cp(from, to, { recursive: true, dereference: true, mode: constants.COPYFILE_FICLONE, filter });

function copyFailed(cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw spaceOr(
    reason,
    installFailed('a TensorFlow folder that can be copied', reason, 'Check its permissions.', cause),
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

import { constants } from 'node:fs';
import { access, cp, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { installFailed, spaceOr } from './install-error.js';
import { HEADERS, LIBRARIES, MACHINES } from './tensorflow.js';

/**
 * Reads what an installed TensorFlow is: the folder `tensorflow` of a Python environment.
 * @returns its version
 * @throws NATIVE_INSTALL_FAILED when libraries or headers are missing, or for another processor
 */
export async function inspectFolder(folder: string): Promise<{ readonly version: string }> {
  const wanted = `the folder of an installed TensorFlow for Linux ${process.arch}`;
  const fix = 'Find it with: python3 -c "import tensorflow, os; print(os.path.dirname(tensorflow.__file__))"';
  for (const name of [...LIBRARIES, 'include/tensorflow/c/c_api.h'])
    if (!(await exists(join(folder, name)))) throw installFailed(wanted, `${folder} without ${name}`, fix);
  const library = await open(join(folder, LIBRARIES[0]));
  const head = Buffer.alloc(20);
  await library.read(head, 0, 20, 0).finally(() => library.close());
  const machine = head.readUInt16LE(18);
  if (machine !== MACHINES[process.arch]) throw installFailed(wanted, `libraries for machine ${machine}`, fix);
  const beside = await readdir(dirname(folder));
  const version = beside.map((name) => /^tensorflow(?:_cpu)?-([\w.]+)\.dist-info$/.exec(name)?.[1]).find(Boolean);
  if (version === undefined) throw installFailed(wanted, `${folder} without tensorflow-….dist-info beside it`, fix);
  return { version };
}

/** Copies the libraries and headers of an installed TensorFlow to `target/tensorflow`. */
export async function copyFolder(folder: string, target: string): Promise<void> {
  try {
    for (const name of [...LIBRARIES, ...HEADERS])
      await cp(join(folder, name), join(target, 'tensorflow', name), {
        recursive: true,
        dereference: true,
        mode: constants.COPYFILE_FICLONE,
      });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw spaceOr(
      reason,
      installFailed('a TensorFlow folder that can be copied', reason, 'Check its permissions.', cause),
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

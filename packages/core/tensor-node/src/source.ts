import { constants } from 'node:fs';
import { access, cp, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command, tail } from './command.js';
import { installFailed, spaceOr } from './install-error.js';
import { needPip } from './tools.js';

/** The TensorFlow that is fetched when none is named. */
export const TENSORFLOW_VERSION = '2.21.0';

/** Value of `e_machine` in an ELF file by the name Node has for the processor. */
export const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

/** The libraries of a TensorFlow package for Python that the addon links. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

const WHEEL_TAGS: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/**
 * Downloads the TensorFlow wheel for this processor with pip, whatever the version of this Python is: only its
 * libraries are used.
 * @returns the file, in `target`
 * @throws NATIVE_INSTALL_FAILED without pip, network or room on the disk
 */
export async function downloadWheel(python: string, target: string, signal?: AbortSignal): Promise<string> {
  await needPip(python, signal);
  const arch = WHEEL_TAGS[process.arch] ?? process.arch;
  const name = `${process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow'}==${TENSORFLOW_VERSION}`;
  const platforms = ['manylinux_2_27', 'manylinux_2_17'].flatMap((tag) => ['--platform', `${tag}_${arch}`]);
  const which = [
    '--only-binary=:all:',
    '--python-version',
    '3.11',
    '--implementation',
    'cp',
    '--abi',
    'cp311',
    ...platforms,
  ];
  const args = ['-m', 'pip', 'download', '--no-deps', '--retries', '2', '--progress-bar', 'off', '--dest', target];
  const ran = await command(python, [...args, ...which, name], { signal });
  const file = /[^\s'"]+\.whl/g;
  const saved = [...ran.stdout.matchAll(file)]
    .map((match) => match[0].split('/').pop() ?? '')
    .filter(Boolean)
    .pop();
  if (ran.code === 0 && saved !== undefined) return join(target, saved);
  const failed = installFailed(
    `${name} from the Python package index`,
    tail(ran.stderr),
    'Check the network and proxy settings of pip, or fetch the wheel elsewhere and name it with --wheel FILE.',
  );
  throw spaceOr(ran.stderr, failed);
}

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
  const header = await readFile(join(folder, 'include/tensorflow/core/public/release_version.h'), 'utf8').catch(
    () => '',
  );
  const parts = ['MAJOR', 'MINOR', 'PATCH'].map((part) => new RegExp(`TF_${part}_VERSION\\s+(\\d+)`).exec(header)?.[1]);
  if (parts.includes(undefined)) throw installFailed(wanted, `${folder} without a version in its headers`, fix);
  return { version: parts.join('.') };
}

/** Copies the libraries and headers of an installed TensorFlow to `target/tensorflow`. */
export async function copyFolder(folder: string, target: string): Promise<void> {
  try {
    for (const name of [
      ...LIBRARIES,
      'include/tensorflow/c',
      'include/tensorflow/core/platform',
      'include/tsl',
      'include/xla/tsl',
    ])
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

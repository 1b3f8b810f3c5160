import { join } from 'node:path';
import { command, tail } from './command.js';
import { installFailed, spaceOr } from './install-error.js';
import { HEADERS, LIBRARIES, MACHINES, TENSORFLOW_VERSION } from './tensorflow.js';
import { needPip } from './tools.js';

/** What a wheel says of itself. */
export interface WheelInfo {
  readonly version: string;
}

const MEMBER_LIBRARIES = LIBRARIES.map((name) => `tensorflow/${name}`);
const MEMBERS = [...MEMBER_LIBRARIES, ...HEADERS.map((path) => `tensorflow/${path}/`), 'tensorflow/THIRD_PARTY'];

const INSPECT = `
import json, sys, zipfile
try:
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        names = set(wheel.namelist())
        metadata = next((n for n in names if n.endswith('.dist-info/METADATA')), None)
        lines = wheel.read(metadata).decode().split('\\n') if metadata else []
        version = next((l.split(':')[1].strip() for l in lines if l.startswith('Version:')), None)
        missing = [n for n in sys.argv[2:] if n not in names]
        machine = None
        if not missing:
            with wheel.open(sys.argv[2]) as library:
                head = library.read(20)
            machine = int.from_bytes(head[18:20], 'little') if head[:4] == b'\\x7fELF' else 0
    print(json.dumps({'version': version, 'missing': missing, 'machine': machine}))
except (zipfile.BadZipFile, OSError) as error:
    print(json.dumps({'error': str(error)}))
`;

const EXTRACT = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if name.startswith(tuple(sys.argv[3:])):
            wheel.extract(name, sys.argv[2])
`;

/**
 * Looks into a TensorFlow wheel without unpacking it.
 * @throws NATIVE_INSTALL_FAILED when it is no wheel, holds no TensorFlow libraries, or is for another processor
 */
export async function inspectWheel(python: string, file: string, signal?: AbortSignal): Promise<WheelInfo> {
  const wanted = `a TensorFlow wheel for Linux ${process.arch}`;
  const fix = 'Give a wheel of tensorflow-cpu or tensorflow from PyPI for this machine.';
  const ran = await command(python, ['-c', INSPECT, file, ...MEMBER_LIBRARIES], { signal });
  if (ran.code !== 0) throw installFailed(wanted, `${file}: ${tail(ran.stderr)}`, fix);
  const said = JSON.parse(ran.stdout) as { error?: string; version?: string; missing?: string[]; machine?: number };
  if (said.error !== undefined) throw installFailed(wanted, `${file}: ${said.error}`, fix);
  if (said.missing?.length) throw installFailed(wanted, `${file} without ${said.missing.join(', ')}`, fix);
  if (said.version === undefined) throw installFailed(wanted, `${file} without a version`, fix);
  if (said.machine !== MACHINES[process.arch]) {
    const name = Object.keys(MACHINES).find((arch) => MACHINES[arch] === said.machine) ?? `machine ${said.machine}`;
    throw installFailed(wanted, `${file} for ${name}`, fix);
  }
  return { version: said.version };
}

/**
 * Unpacks the libraries and the headers that the addon needs, about 850 MB, as `tensorflow/…` under `target`.
 * @throws NATIVE_INSTALL_FAILED for a damaged wheel or a full disk
 */
export async function extractWheel(python: string, file: string, target: string, signal?: AbortSignal): Promise<void> {
  const ran = await command(python, ['-c', EXTRACT, file, target, ...MEMBERS], { signal });
  if (ran.code === 0) return;
  const failed = installFailed('a whole wheel', `${file}: ${tail(ran.stderr, 1)}`, 'Download it again.');
  throw spaceOr(ran.stderr, failed);
}

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

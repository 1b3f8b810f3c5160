import { command, tail } from './command.js';
import { installFailed, spaceOr } from './install-error.js';
import type { OnBytes } from './progress.js';
import { HEADERS, LIBRARIES, machineName, MACHINES, nvidiaRequirements, type TensorflowInfo } from './tensorflow.js';

const MEMBER_LIBRARIES = LIBRARIES.map((name) => `tensorflow/${name}`);
const NEEDED = [...MEMBER_LIBRARIES, 'tensorflow/include/tensorflow/c/c_api.h'];

/** What of a TensorFlow wheel is needed, by the start of its name. */
export const TENSORFLOW_MEMBERS = [
  ...MEMBER_LIBRARIES,
  ...HEADERS.map((path) => `tensorflow/${path}/`),
  'tensorflow/THIRD_PARTY',
];

const INSPECT = `
import json, sys, zipfile
try:
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        names = set(wheel.namelist())
        metadata = next((n for n in names if n.endswith('.dist-info/METADATA')), None)
        text = wheel.read(metadata).decode() if metadata else ''
        missing = [n for n in sys.argv[2:] if n not in names]
        machine = None
        if not missing:
            with wheel.open(sys.argv[2]) as library:
                head = library.read(20)
            machine = int.from_bytes(head[18:20], 'little') if head[:4] == b'\\x7fELF' else 0
    print(json.dumps({'metadata': text, 'missing': missing, 'machine': machine}))
except zipfile.BadZipFile as error:
    print(json.dumps({'error': str(error) + ' (is it whole?)'}))
except OSError as error:
    print(json.dumps({'error': str(error)}))
`;

const EXTRACT = `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    start = tuple(sys.argv[4:])
    wanted = [i for i in wheel.infolist() if not i.is_dir() and i.filename.startswith(start) and sys.argv[3] in i.filename]
    total = sum(i.file_size for i in wanted)
    done = said = 0
    for info in wanted:
        parts = [part for part in info.filename.split('/') if part not in ('', '.', '..')]
        path = os.path.join(sys.argv[2], *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with wheel.open(info) as source, open(path, 'wb') as target:
            while chunk := source.read(1 << 22):
                target.write(chunk)
                done += len(chunk)
                if done - said >= 1 << 23 or done == total:
                    said = done
                    print(done, total, flush=True)
`;

/**
 * Looks into a TensorFlow wheel without unpacking it.
 * @throws NATIVE_INSTALL_FAILED when it is no wheel, holds no TensorFlow libraries, or is for another processor
 */
export async function inspectWheel(python: string, file: string, signal?: AbortSignal): Promise<TensorflowInfo> {
  const wanted = `a TensorFlow wheel for Linux ${process.arch}`;
  const fix = 'Give a wheel of tensorflow-cpu or tensorflow from PyPI for this machine.';
  const ran = await command(python, ['-c', INSPECT, file, ...NEEDED], { signal });
  if (ran.code !== 0) throw installFailed(wanted, `${file}: ${tail(ran.stderr)}`, fix);
  const said = JSON.parse(ran.stdout) as { error?: string; metadata: string; missing?: string[]; machine?: number };
  if (said.error !== undefined) throw installFailed(wanted, `${file}: ${said.error}`, fix);
  if (said.missing?.length) throw installFailed(wanted, `${file} without ${said.missing.join(', ')}`, fix);
  const version = /^Version: *(\S+)/m.exec(said.metadata)?.[1];
  if (version === undefined) throw installFailed(wanted, `${file} without a version`, fix);
  if (said.machine !== MACHINES[process.arch])
    throw installFailed(wanted, `${file} for ${machineName(said.machine ?? 0)}`, fix);
  const name = (/^Name: *(\S+)/m.exec(said.metadata)?.[1] ?? '').replaceAll('_', '-');
  return { version, name, nvidia: nvidiaRequirements(said.metadata) };
}

/** What {@link extractWheel} takes out. */
export interface Extraction {
  /** Starts of names. */
  readonly members: readonly string[];
  /** What a name must hold besides. */
  readonly holding?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: OnBytes;
}

/**
 * Unpacks members of a wheel below `target`.
 * @throws NATIVE_INSTALL_FAILED for a damaged wheel or a full disk
 */
export async function extractWheel(
  python: string,
  file: string,
  target: string,
  { members, holding = '', signal, onBytes }: Extraction,
): Promise<void> {
  const onOutput = (text: string): void => {
    const [done, total] = (text.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
    if (total) onBytes?.(done ?? 0, total);
  };
  const ran = await command(python, ['-c', EXTRACT, file, target, holding, ...members], { signal, onOutput });
  if (ran.code === 0) return;
  const failed = installFailed('a whole wheel', `${file}: ${tail(ran.stderr, 1)}`, 'Fetch it again.');
  throw spaceOr(ran.stderr, failed);
}
